// Package moderation gives each test an account of its own on a moderation-emulator.
package moderation

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"testing"
)

// JSON is an object of JSON.
type JSON = map[string]any

// Account is one set of credentials for every service; rules, journal, clock and callbacks belong to it.
type Account struct {
	URL    string // of the emulator
	ID     string `json:"id"`
	Aliyun struct {
		AccessKeyID     string `json:"access_key_id"`
		AccessKeySecret string `json:"access_key_secret"`
		UID             string `json:"uid"`
	} `json:"aliyun"`
	WeChat struct {
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
	} `json:"wechat"`
	Alipay struct {
		AppID            string `json:"app_id"`
		GatewayPublicKey string `json:"gateway_public_key"`
	} `json:"alipay"`

	t testing.TB
}

// Call is an entry of the journal.
type Call struct {
	Operation string `json:"operation"`
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Outcome   string `json:"outcome"`
}

// Open makes an account at EMULATOR_URL. It is deleted when the test ends; one that failed shows the journal before.
func Open(t testing.TB) *Account {
	t.Helper()
	account := &Account{URL: "http://127.0.0.1:8080", t: t}
	if url := os.Getenv("EMULATOR_URL"); url != "" {
		account.URL = url
	}
	account.control("POST", "accounts", JSON{}, account)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("journal, newest first: %+v", account.Journal())
		}
		account.control("DELETE", "accounts/"+account.ID, nil, nil)
	})
	return account
}

// Rule decides what comes back: Rule(JSON{"match": JSON{"operation": "ScanText"}, "error": "Throttling", "times": 1}).
func (a *Account) Rule(rule JSON) {
	a.t.Helper()
	a.control("POST", "rules?account="+a.ID, rule, nil)
}

// Verify fails the test unless so many calls match; match has the keys of a rule, and status, code and outcome.
func (a *Account) Verify(match JSON, count int) {
	a.t.Helper()
	var found struct {
		OK      bool `json:"ok"`
		Matched int  `json:"matched"`
	}
	a.control("POST", "journal/verify?account="+a.ID, JSON{"match": match, "count": count}, &found)
	if !found.OK {
		a.t.Errorf("%d calls match %v, %d were expected", found.Matched, match, count)
	}
}

// Journal returns the calls of the account, newest first.
func (a *Account) Journal() []Call {
	a.t.Helper()
	var found struct {
		Items []Call `json:"items"`
	}
	a.control("GET", "journal?account="+a.ID, nil, &found)
	return found.Items
}

// control sends a request to the control API, and reads the answer into a value unless that is nil.
func (a *Account) control(method, path string, body, answer any) {
	a.t.Helper()
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			a.t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, a.URL+"/_emulator/"+path, &sent)
	if err != nil {
		a.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	told, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		a.t.Fatalf("%s %s: %s", method, path, told)
	}
	if answer != nil {
		if err := json.Unmarshal(told, answer); err != nil {
			a.t.Fatal(err)
		}
	}
}
