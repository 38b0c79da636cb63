package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-pay/gopay"
	gopayalipay "github.com/go-pay/gopay/alipay"
	"github.com/go-pay/gopay/pkg/xhttp"
	"github.com/smartwalle/alipay/v3"
)

const detect = "alipay.security.risk.content.detect"

// detected is what an application reads from an answer of the gateway.
type detected struct {
	Code    string `json:"code"`
	SubCode string `json:"sub_code"`
	Action  string `json:"action"`
}

func (found detected) tell() told {
	if found.SubCode != "" {
		return told{"code": found.SubCode}
	}
	return told{"action": found.Action}
}

// checkByAlipay calls by the request for any method, for the client has none of its own for these.
func checkByAlipay(asked call) (told, error) {
	options := []alipay.OptionFunc{}
	if url := asked.URL; url != "" {
		options = append(options, alipay.WithProductionGateway(url+"/gateway.do"))
	}
	client, err := alipay.New(asked.Key, asked.Secret, true, options...)
	if err != nil {
		return nil, err
	}
	if err := client.LoadAliPayPublicKey(asked.Public); err != nil {
		return nil, err
	}
	var found detected
	payload := alipay.NewPayload(detect).AddBizField("content", asked.Content)
	if err := client.Request(context.Background(), payload, &found); err != nil {
		return nil, err
	}
	return found.tell(), nil
}

// emulated is a transport that leads requests to the emulator, for clients with the real host wired in.
type emulated struct{ place *url.URL }

func (to emulated) RoundTrip(request *http.Request) (*http.Response, error) {
	led := request.Clone(request.Context())
	led.URL.Scheme, led.URL.Host = to.place.Scheme, to.place.Host
	return http.DefaultTransport.RoundTrip(led)
}

// checkByGopay verifies by itself, for the client does so only with certificates, and not for any method.
func checkByGopay(asked call) (told, error) {
	client, err := gopayalipay.NewClient(asked.Key, bare(asked.Secret), true)
	if err != nil {
		return nil, err
	}
	if asked.URL != "" {
		place, err := url.Parse(asked.URL)
		if err != nil {
			return nil, err
		}
		client.SetHttpClient(xhttp.NewClient().SetTransport(emulated{place}))
	}
	body := gopay.BodyMap{"biz_content": gopay.BodyMap{"content": asked.Content}}
	var answer map[string]json.RawMessage
	if err := client.PostAliPayAPISelfV2(context.Background(), body, detect, &answer); err != nil {
		return nil, err
	}
	inner := answer[strings.ReplaceAll(detect, ".", "_")+"_response"]
	var sign string
	if err := json.Unmarshal(answer["sign"], &sign); err != nil {
		return nil, err
	}
	if ok, err := gopayalipay.VerifySyncSign(bare(asked.Public), string(inner), sign); !ok {
		return nil, errors.Join(errors.New("the answer is not signed by the gateway"), err)
	}
	var found detected
	if err := json.Unmarshal(inner, &found); err != nil {
		return nil, err
	}
	return found.tell(), nil
}

// bare returns a key as Alipay's pages show it: without its first and last line, and on one line.
func bare(key string) string {
	lines := strings.Split(strings.TrimSpace(key), "\n")
	if len(lines) == 1 {
		return key
	}
	return strings.Join(lines[1:len(lines)-1], "")
}
