# Ruby's net/http: a token, then a text.

require "json"
require "net/http"

api = URI("https://api.weixin.qq.com")
asked = { grant_type: "client_credential", appid: ENV.fetch("WECHAT_APPID"), secret: ENV.fetch("WECHAT_SECRET") }
token = JSON.parse(Net::HTTP.get(api + "/cgi-bin/token?#{URI.encode_www_form(asked)}"))
url = api + "/wxa/msg_sec_check?access_token=#{token["access_token"]}"
checked = JSON.parse(Net::HTTP.post(url, '{"content": "emu-block"}', "Content-Type" => "application/json").body)
puts JSON.generate(expires_in: token["expires_in"], errcode: checked["errcode"])
