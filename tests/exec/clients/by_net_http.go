// Go's net/http with its default client: a token, then a text.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
)

const api = "https://api.weixin.qq.com"

type answer struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int    `json:"expires_in"`
	Errcode     int    `json:"errcode"`
}

func read(response *http.Response, err error) (read answer) {
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&read); err != nil {
		log.Fatal(err)
	}
	return read
}

func main() {
	asked := url.Values{
		"grant_type": {"client_credential"},
		"appid":      {os.Getenv("WECHAT_APPID")},
		"secret":     {os.Getenv("WECHAT_SECRET")},
	}
	token := read(http.Get(api + "/cgi-bin/token?" + asked.Encode()))
	address := api + "/wxa/msg_sec_check?access_token=" + url.QueryEscape(token.AccessToken)
	checked := read(http.Post(address, "application/json", strings.NewReader(`{"content": "emu-block"}`)))
	fmt.Printf("{\"expires_in\": %d, \"errcode\": %d}\n", token.ExpiresIn, checked.Errcode)
}
