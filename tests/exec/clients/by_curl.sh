#!/bin/sh
# curl: a token, then a text.
set -eu
api=https://api.weixin.qq.com

# read_value NAME: the value of a name in the JSON on standard input
read_value() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }

token=$(curl -sS "$api/cgi-bin/token?grant_type=client_credential&appid=$WECHAT_APPID&secret=$WECHAT_SECRET")
access_token=$(echo "$token" | read_value access_token)
checked=$(curl -sS "$api/wxa/msg_sec_check?access_token=$access_token" -d '{"content": "emu-block"}')
printf '{"expires_in": %s, "errcode": %s}\n' "$(echo "$token" | read_value expires_in)" "$(echo "$checked" | read_value errcode)"
