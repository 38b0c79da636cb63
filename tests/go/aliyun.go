package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	core "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/green"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/imageaudit"
)

const (
	region = "cn-shanghai"
	seed   = "seed_1"
)

// point leads a request to the emulator, or has it call the real host by HTTPS.
func point(request requests.AcsRequest, url string) {
	request.SetScheme("HTTPS")
	if host := strings.TrimPrefix(url, "http://"); host != "" {
		request.SetScheme("HTTP")
		request.SetDomain(host)
	}
}

// tellServerError returns the code of an error that the service answered with.
func tellServerError(err error) (told, error) {
	var refused core.Error
	if errors.As(err, &refused) {
		return told{"code": refused.ErrorCode()}, nil
	}
	return nil, err
}

func checkByImageaudit(asked call) (told, error) {
	client, err := imageaudit.NewClientWithAccessKey(region, asked.Key, asked.Secret)
	if err != nil {
		return nil, err
	}
	if asked.Do == "picture" {
		request := imageaudit.CreateScanImageRequest()
		request.Scene = &[]string{"porn"}
		request.Task = &[]imageaudit.ScanImageTask{{ImageURL: asked.Content}}
		point(request, asked.URL)
		answer, err := client.ScanImage(request)
		if err != nil {
			return tellServerError(err)
		}
		found := answer.Data.Results[0].SubResults[0]
		return told{"suggestion": found.Suggestion, "label": found.Label}, nil
	}
	request := imageaudit.CreateScanTextRequest()
	request.Labels = &[]imageaudit.ScanTextLabels{{Label: "ad"}}
	request.Tasks = &[]imageaudit.ScanTextTasks{{Content: asked.Content}}
	point(request, asked.URL)
	answer, err := client.ScanText(request)
	if err != nil {
		return tellServerError(err)
	}
	found := answer.Data.Elements[0].Results[0]
	return told{"suggestion": found.Suggestion, "label": found.Label}, nil
}

// scanned is what an application reads from an answer of Green: the SDK leaves the body as it is.
type scanned struct {
	Code int    `json:"code"`
	Msg  string `json:"msg"`
	Data []task `json:"data"`
}

type task struct {
	Code    int    `json:"code"`
	DataID  string `json:"dataId"`
	TaskID  string `json:"taskId"`
	Results []struct {
		Scene      string `json:"scene"`
		Label      string `json:"label"`
		Suggestion string `json:"suggestion"`
	} `json:"results"`
}

// tell returns the verdict about a task, or the code of what went wrong with it.
func (found task) tell() told {
	if found.Code != http.StatusOK {
		return told{"code": found.Code}
	}
	return told{"suggestion": found.Results[0].Suggestion, "label": found.Results[0].Label}
}

// readScanned returns the first task of an answer; without one, the code of the whole.
func readScanned(body []byte) (task, error) {
	var answer scanned
	if err := json.Unmarshal(body, &answer); err != nil {
		return task{}, err
	}
	if len(answer.Data) == 0 {
		return task{Code: answer.Code}, nil
	}
	return answer.Data[0], nil
}

func checkByGreen(asked call) (told, error) {
	client, err := green.NewClientWithAccessKey(region, asked.Key, asked.Secret)
	if err != nil {
		return nil, err
	}
	var body []byte
	switch asked.Do {
	case "text":
		request := green.CreateTextScanRequest()
		request.SetContent(encode(told{"scenes": []string{"antispam"}, "tasks": []told{{"content": asked.Content}}}))
		point(request, asked.URL)
		answer, err := client.TextScan(request)
		if err != nil {
			return tellServerError(err)
		}
		body = answer.GetHttpContentBytes()
	case "picture":
		request := green.CreateImageSyncScanRequest()
		request.SetContent(encode(told{"scenes": []string{"porn"}, "tasks": []told{{"url": asked.Content}}}))
		point(request, asked.URL)
		answer, err := client.ImageSyncScan(request)
		if err != nil {
			return tellServerError(err)
		}
		body = answer.GetHttpContentBytes()
	case "callback":
		request := green.CreateImageAsyncScanRequest()
		request.SetContent(encode(told{
			"scenes":   []string{"porn"},
			"tasks":    []told{{"url": asked.Content}},
			"callback": receiver.listen(),
			"seed":     seed,
		}))
		point(request, asked.URL)
		answer, err := client.ImageAsyncScan(request)
		if err != nil {
			return tellServerError(err)
		}
		return verifyCallback(answer.GetHttpContentBytes(), asked.UID)
	}
	found, err := readScanned(body)
	if err != nil {
		return nil, err
	}
	return found.tell(), nil
}

// verifyCallback returns what is pushed for the task that was taken, once its checksum was found right.
func verifyCallback(taken []byte, uid string) (told, error) {
	submitted, err := readScanned(taken)
	if err != nil {
		return nil, err
	}
	push, err := receiver.next()
	if err != nil {
		return nil, err
	}
	content := push.FormValue("content")
	sum := sha256.Sum256([]byte(uid + seed + content))
	var found task
	if err := json.Unmarshal([]byte(content), &found); err != nil {
		return nil, err
	}
	result := found.tell()
	result["verified"] = hex.EncodeToString(sum[:]) == push.FormValue("checksum") && found.TaskID == submitted.TaskID
	return result, nil
}

func encode(body any) []byte {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // what is encoded is written above
	}
	return text
}
