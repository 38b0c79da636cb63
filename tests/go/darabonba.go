package main

import (
	"encoding/json"
	"errors"
	"strings"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
)

// checkByDarabonba calls as the generated packages do, each of which names one service and leaves all else to this client.
func checkByDarabonba(asked call) (told, error) {
	config := &openapi.Config{
		AccessKeyId:     tea.String(asked.Key),
		AccessKeySecret: tea.String(asked.Secret),
		Endpoint:        tea.String("imageaudit.cn-shanghai.aliyuncs.com"),
	}
	if host := strings.TrimPrefix(asked.URL, "http://"); host != "" {
		config.Endpoint = tea.String(host)
		config.Protocol = tea.String("HTTP")
	}
	client, err := openapi.NewClient(config)
	if err != nil {
		return nil, err
	}
	action, body := "ScanText", told{
		"Labels": []told{{"Label": "ad"}},
		"Tasks":  []told{{"Content": asked.Content}},
	}
	if asked.Do == "picture" {
		action, body = "ScanImage", told{"Scene": []string{"porn"}, "Task": []told{{"ImageURL": asked.Content}}}
	}
	params := &openapi.Params{
		Action:      tea.String(action),
		Version:     tea.String("2019-12-30"),
		Protocol:    tea.String("HTTPS"),
		Pathname:    tea.String("/"),
		Method:      tea.String("POST"),
		AuthType:    tea.String("AK"),
		Style:       tea.String("RPC"),
		ReqBodyType: tea.String("formData"),
		BodyType:    tea.String("json"),
	}
	request := &openapi.OpenApiRequest{Body: openapiutil.ParseToMap(body)}
	answer, err := client.CallApi(params, request, &dara.RuntimeOptions{})
	if err != nil {
		var refused *tea.SDKError
		if errors.As(err, &refused) {
			return told{"code": *refused.Code}, nil
		}
		return nil, err
	}
	return readVerdict(answer["body"])
}

type verdict struct {
	Suggestion string
	Label      string
}

// readVerdict returns the first verdict of a body; of a text it stands in another place than of a picture.
func readVerdict(body any) (told, error) {
	var answer struct {
		Data struct {
			Elements []struct{ Results []verdict }
			Results  []struct{ SubResults []verdict }
		}
	}
	if err := json.Unmarshal(encode(body), &answer); err != nil {
		return nil, err
	}
	var found verdict
	if len(answer.Data.Elements) > 0 {
		found = answer.Data.Elements[0].Results[0]
	} else {
		found = answer.Data.Results[0].SubResults[0]
	}
	return told{"suggestion": found.Suggestion, "label": found.Label}, nil
}
