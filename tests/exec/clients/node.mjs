// Calls the real service from an entry point that is a module. Prints one line of JSON with what it got.
import { get } from 'node:https'

const TOKEN = 'https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential'
const { WECHAT_APPID: appid, WECHAT_SECRET: secret } = process.env

get(`${TOKEN}&appid=${appid}&secret=${secret}`, async (answer) => {
  let text = ''
  for await (const data of answer) text += data
  const token = JSON.parse(text)
  const check = `https://api.weixin.qq.com/wxa/msg_sec_check?access_token=${token.access_token}`
  const checked = await (await fetch(check, { method: 'POST', body: '{"content":"emu-block"}' })).json()
  console.log(JSON.stringify({ expires_in: token.expires_in, errcode: checked.errcode }))
})
