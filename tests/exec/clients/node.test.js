// An application's own test with Jest, which calls the real service by three clients.
const https = require('node:https')

const { WECHAT_APPID: appid, WECHAT_SECRET: secret } = process.env
const TOKEN = 'https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential'
const URL = `${TOKEN}&appid=${appid}&secret=${secret}`

const getByHttps = () =>
  new Promise((resolve, reject) => {
    const take = (answer) => {
      let text = ''
      answer.on('data', (data) => (text += data)).on('end', () => resolve(JSON.parse(text)))
    }
    https.get(URL, take).on('error', reject)
  })

test.each([
  ['https', getByHttps],
  ['fetch', async () => (await fetch(URL)).json()],
  ['axios', async () => (await require('axios').get(URL)).data],
])('a token by %s, and what it is good for', async (_client, get) => {
  const token = await get()
  expect(token.expires_in).toBe(7200)
  const check = `https://api.weixin.qq.com/wxa/msg_sec_check?access_token=${token.access_token}`
  const checked = await fetch(check, { method: 'POST', body: '{"content":"emu-block"}' })
  expect((await checked.json()).errcode).toBe(87014)
})
