package main

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	sdk "github.com/silenceper/wechat/v2"
	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/miniprogram/config"
	"github.com/silenceper/wechat/v2/miniprogram/message"
	"github.com/silenceper/wechat/v2/miniprogram/security"
	"github.com/silenceper/wechat/v2/util"
)

const mediaIsPicture = 2

func checkByWechat(asked call) (told, error) {
	if url := asked.URL; url != "" {
		util.SetURIModifier(func(uri string) string {
			return strings.Replace(uri, "https://api.weixin.qq.com", url, 1)
		})
	}
	program := sdk.NewWechat().GetMiniProgram(&config.Config{
		AppID:     asked.Key,
		AppSecret: asked.Secret,
		Token:     asked.Token,
		Cache:     cache.NewMemory(),
	})
	checks := program.GetSecurity()
	switch asked.Do {
	case "text":
		found, err := checks.MsgCheck(&security.MsgCheckRequest{OpenID: "o", Scene: 2, Content: asked.Content})
		if err != nil {
			return tellCommonError(err)
		}
		return told{"suggestion": string(found.Result.Suggest), "label": int(found.Result.Label)}, nil
	case "old text":
		if _, err := checks.MsgCheckV1(asked.Content); err != nil {
			return tellCommonError(err)
		}
		return told{"code": 0}, nil
	case "picture":
		if err := checks.ImageCheckV1(asked.Content); err != nil {
			return tellCommonError(err)
		}
		return told{"code": 0}, nil
	}
	request := &security.MediaCheckAsyncRequest{MediaURL: asked.Content, MediaType: mediaIsPicture, OpenID: "o", Scene: 2}
	trace, err := checks.MediaCheckAsync(request)
	if err != nil {
		return tellCommonError(err)
	}
	push, err := receiver.next()
	if err != nil {
		return nil, err
	}
	_, event, data, err := message.NewPushReceiver(program.GetContext()).GetMsgData(push)
	if err != nil {
		return nil, err
	}
	found, ok := data.(*message.MediaCheckAsyncData)
	if !ok {
		return nil, errors.New("another event came: " + string(event))
	}
	return told{
		"suggestion": string(found.Result.Suggest),
		"label":      int(found.Result.Label),
		"verified":   found.TraceID == trace,
	}, nil
}

var codeInText = regexp.MustCompile(`errcode=(-?\d+)`)

// tellCommonError returns the code of an error that the service answered with. Where a token is refused, the client tells
// it in a text alone.
func tellCommonError(err error) (told, error) {
	var refused *util.CommonError
	if errors.As(err, &refused) {
		return told{"code": refused.ErrCode}, nil
	}
	if found := codeInText.FindStringSubmatch(err.Error()); found != nil {
		code, err := strconv.Atoi(found[1])
		return told{"code": code}, err
	}
	return nil, err
}
