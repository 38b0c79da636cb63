// The clients of Go that the tests drive, unmodified. Reads calls, a line of JSON each, and answers each with a line:
// what the client made of it. A call with a URL is made there, one without goes to the real host that is wired in.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
)

// call says which client does what, with which credentials.
type call struct {
	Client  string `json:"client"`
	Service string `json:"service"`
	Do      string `json:"do"`
	URL     string `json:"url"`
	Key     string `json:"key"`
	Secret  string `json:"secret"`
	UID     string `json:"uid"`        // of the account, in the checksums of Green
	Content string `json:"content"`    // a text, the address of a picture, or the path of one
	Token   string `json:"token"`      // what the pushes of WeChat are signed with
	Public  string `json:"public_key"` // of Alipay's gateway
}

// told is what an application learns from its client: a verdict, or the code of an error.
type told map[string]any

var clients = map[string]func(call) (told, error){
	"aliyun/alibaba-cloud-sdk-go/services/green":      checkByGreen,
	"aliyun/alibaba-cloud-sdk-go/services/imageaudit": checkByImageaudit,
	"alibabacloud-go/darabonba-openapi":               checkByDarabonba,
	"silenceper/wechat":                               checkByWechat,
	"smartwalle/alipay":                               checkByAlipay,
	"go-pay/gopay":                                    checkByGopay,
}

func main() {
	log.SetFlags(0)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var asked call
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		if err := json.NewEncoder(os.Stdout).Encode(answer(asked)); err != nil {
			log.Fatal(err)
		}
	}
}

func answer(asked call) told {
	switch asked.Do {
	case "environment":
		return readEnvironment()
	case "listen":
		return told{"url": receiver.listen()}
	}
	check, known := clients[asked.Client]
	if !known {
		return told{"failed": "no client is named " + asked.Client}
	}
	found, err := check(asked)
	if err != nil {
		return told{"failed": fmt.Sprintf("%T: %v", err, err)}
	}
	return found
}

func readEnvironment() told {
	found := told{}
	for _, each := range os.Environ() {
		name, value, _ := strings.Cut(each, "=")
		found[name] = value
	}
	return found
}
