// Calls the real service with one client of Node: node node.cjs CLIENT. Prints one line of JSON with what it got.
// Nothing here names an address, a certificate or a proxy; credentials are those of the environment.
const https = require('node:https')

const WECHAT = 'https://api.weixin.qq.com'
const { WECHAT_APPID: appid, WECHAT_SECRET: secret } = process.env
const TEXT = 'emu-block'

function callByHttps(url, body) {
  return new Promise((resolve, reject) => {
    const request = https.request(url, { method: body ? 'POST' : 'GET' }, (answer) => {
      let text = ''
      answer.on('data', (data) => (text += data)).on('end', () => resolve(JSON.parse(text)))
    })
    request.on('error', reject).end(body)
  })
}

async function callByFetch(url, body, fetch = globalThis.fetch) {
  return (await fetch(url, { method: body ? 'POST' : 'GET', body })).json()
}

// How each client of HTTP gets what a URL answers, to a GET or to a POST of a body.
const CALLS = {
  https: callByHttps,
  fetch: callByFetch,
  undici: async (url, body) => (await require('undici').request(url, { method: body ? 'POST' : 'GET', body })).body.json(),
  'node-fetch': (url, body) => callByFetch(url, body, require('node-fetch')),
  got: (url, body) => require('got')(url, { method: body ? 'POST' : 'GET', body }).json(),
  axios: async (url, data) => (await require('axios').request({ url, method: data ? 'post' : 'get', data })).data,
  request: (url, body) =>
    new Promise((resolve, reject) =>
      require('request')(url, { method: body ? 'POST' : 'GET', body }, (error, _answer, text) =>
        error ? reject(error) : resolve(JSON.parse(text)),
      ),
    ),
}

async function checkText(call) {
  const token = await call(`${WECHAT}/cgi-bin/token?grant_type=client_credential&appid=${appid}&secret=${secret}`)
  const checked = await call(`${WECHAT}/wxa/msg_sec_check?access_token=${token.access_token}`, `{"content":"${TEXT}"}`)
  return { expires_in: token.expires_in, errcode: checked.errcode }
}

/** The cloud's SDK is told its environment and secrets, as on a machine of one's own; 1.x takes these from variables. */
async function checkByCloud(line) {
  const cloud = require(`wx-server-sdk-${line}`)
  cloud.init({ env: 'local', secretId: process.env.TENCENTCLOUD_SECRETID, secretKey: process.env.TENCENTCLOUD_SECRETKEY })
  try {
    return await cloud.openapi.security.msgSecCheck({ content: TEXT })
  } catch (error) {
    if (!error.errCode) throw error
    return { errcode: error.errCode }
  }
}

const CLIENTS = {
  ...Object.fromEntries(Object.entries(CALLS).map(([name, call]) => [name, () => checkText(call)])),
  ...Object.fromEntries([1, 2, 3, 4].map((line) => [`wx-server-sdk-${line}`, () => checkByCloud(line)])),
}

CLIENTS[process.argv[2]]().then((got) => console.log(JSON.stringify(got)))
