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
	if asked.Service == "green" {
		return scanByDarabonba(asked)
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
		Pathname:    tea.String("/"),
		Style:       tea.String("RPC"),
		ReqBodyType: tea.String("formData"),
	}
	answer, err := callByDarabonba(asked, "imageaudit.cn-shanghai.aliyuncs.com", params, body)
	if err != nil {
		return tellSDKError(err)
	}
	return readVerdict(answer)
}

func scanByDarabonba(asked call) (told, error) {
	path, body := "text/scan", told{"scenes": []string{"antispam"}, "tasks": []told{{"content": asked.Content}}}
	switch asked.Do {
	case "picture":
		path, body = "image/scan", told{"scenes": []string{"porn"}, "tasks": []told{{"url": asked.Content}}}
	case "callback":
		path, body = "image/asyncscan", told{
			"scenes":   []string{"porn"},
			"tasks":    []told{{"url": asked.Content}},
			"callback": receiver.listen(),
			"seed":     seed,
		}
	}
	params := &openapi.Params{
		Action:      tea.String(path),
		Version:     tea.String("2018-05-09"),
		Pathname:    tea.String("/green/" + path),
		Style:       tea.String("ROA"),
		ReqBodyType: tea.String("json"),
	}
	answer, err := callByDarabonba(asked, "green.cn-shanghai.aliyuncs.com", params, body)
	if err != nil {
		return tellSDKError(err)
	}
	if asked.Do == "callback" {
		return verifyCallback(encode(answer), asked.UID)
	}
	found, err := readScanned(encode(answer))
	if err != nil {
		return nil, err
	}
	return found.tell(), nil
}

// callByDarabonba returns the body of the answer.
func callByDarabonba(asked call, realHost string, params *openapi.Params, body told) (any, error) {
	config := &openapi.Config{
		AccessKeyId:     tea.String(asked.Key),
		AccessKeySecret: tea.String(asked.Secret),
		Endpoint:        tea.String(realHost),
	}
	if host := strings.TrimPrefix(asked.URL, "http://"); host != "" {
		config.Endpoint = tea.String(host)
		config.Protocol = tea.String("HTTP")
	}
	client, err := openapi.NewClient(config)
	if err != nil {
		return nil, err
	}
	params.Protocol = tea.String("HTTPS")
	params.Method = tea.String("POST")
	params.AuthType = tea.String("AK")
	params.BodyType = tea.String("json")
	request := &openapi.OpenApiRequest{Body: openapiutil.ParseToMap(body)}
	answer, err := client.CallApi(params, request, &dara.RuntimeOptions{})
	return answer["body"], err
}

func tellSDKError(err error) (told, error) {
	var refused *tea.SDKError
	if errors.As(err, &refused) {
		return told{"code": *refused.Code}, nil
	}
	return nil, err
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
