// The clients of Node that the tests drive, unmodified. Reads calls, a line of JSON each, and answers each with a line:
// what the client made of it. A call with a URL is made there, one without goes to the real host that is wired in.
const crypto = require('node:crypto')
const fs = require('node:fs')
const http = require('node:http')
const readline = require('node:readline')

const IMAGEAUDIT = 'https://imageaudit.cn-shanghai.aliyuncs.com'
const GREEN = 'https://green.cn-shanghai.aliyuncs.com'
const SEED = 'seed_1'
const PICTURE = 2 // media_type

const CLIENTS = {
  '@alicloud/pop-core': (call) => (call.service === 'green' ? checkByRoa(call) : checkByRpc(call)),
  '@alicloud/openapi-client': checkByOpenapi,
  'co-wechat-api': checkByWechat,
  'alipay-sdk': checkByAlipay,
}

// -- where results are pushed to

const pushes = []
let receiver
let take = () => {}

function listen() {
  if (receiver) return { url: receiver }
  const server = http.createServer((request, response) => {
    let body = ''
    request.on('data', (data) => (body += data)).on('end', () => {
      pushes.push({ query: new URL(request.url, receiver).searchParams, body })
      take()
      response.end('success')
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      receiver = `http://127.0.0.1:${server.address().port}/`
      resolve({ url: receiver })
    })
    server.unref()
  })
}

async function nextPush() {
  while (!pushes.length) await new Promise((resolve) => (take = resolve))
  return pushes.shift()
}

// -- Alibaba

function tellAudited({ Data }) {
  const [found] = Data.Elements ? Data.Elements[0].Results : Data.Results[0].SubResults
  return { suggestion: found.Suggestion, label: found.Label }
}

async function checkByRpc({ url, ...call }) {
  const { RPCClient } = require('@alicloud/pop-core')
  const client = new RPCClient({
    accessKeyId: call.key,
    accessKeySecret: call.secret,
    endpoint: url || IMAGEAUDIT,
    apiVersion: '2019-12-30',
  })
  const asked =
    call.do === 'picture'
      ? ['ScanImage', { 'Scene.1': 'porn', 'Task.1.ImageURL': call.content }]
      : ['ScanText', { 'Labels.1.Label': 'ad', 'Tasks.1.Content': call.content }]
  return tellAudited(await client.request(...asked, { method: 'POST' }))
}

function tellScanned({ code, results }) {
  return code === 200 ? { suggestion: results[0].suggestion, label: results[0].label } : { code }
}

async function checkByRoa({ url, ...call }) {
  const { ROAClient } = require('@alicloud/pop-core')
  const client = new ROAClient({
    accessKeyId: call.key,
    accessKeySecret: call.secret,
    endpoint: url || GREEN,
    apiVersion: '2018-05-09',
  })
  const post = (path, body) => client.post(`/green/${path}`, {}, JSON.stringify(body), { 'content-type': 'application/json' })
  if (call.do === 'text') {
    return tellScanned((await post('text/scan', { scenes: ['antispam'], tasks: [{ content: call.content }] })).data[0])
  }
  const asked = { scenes: ['porn'], tasks: [{ url: call.content }] }
  if (call.do === 'picture') return tellScanned((await post('image/scan', asked)).data[0])
  const { data } = await post('image/asyncscan', { ...asked, callback: (await listen()).url, seed: SEED })
  const form = new URLSearchParams((await nextPush()).body)
  const sum = crypto.createHash('sha256').update(call.uid + SEED + form.get('content')).digest('hex')
  const content = JSON.parse(form.get('content'))
  return { ...tellScanned(content), verified: sum === form.get('checksum') && content.taskId === data[0].taskId }
}

/** Call as the generated packages do, each of which names one service and leaves all else to this client. */
async function checkByOpenapi(call) {
  const { default: Client, Config, OpenApiRequest, Params } = require('@alicloud/openapi-client')
  const { RuntimeOptions } = require('@alicloud/tea-util')
  const { host } = new URL(call.url || IMAGEAUDIT)
  const place = call.url ? { endpoint: host, protocol: 'HTTP' } : { endpoint: host }
  const client = new Client(new Config({ accessKeyId: call.key, accessKeySecret: call.secret, ...place }))
  const [action, body] =
    call.do === 'picture'
      ? ['ScanImage', { Scene: ['porn'], Task: [{ ImageURL: call.content }] }]
      : ['ScanText', { Labels: [{ Label: 'ad' }], Tasks: [{ Content: call.content }] }]
  const params = new Params({
    action,
    version: '2019-12-30',
    protocol: 'HTTPS',
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  })
  return tellAudited((await client.callApi(params, new OpenApiRequest({ body }), new RuntimeOptions({}))).body)
}

// -- WeChat

async function checkByWechat({ url, ...call }) {
  const WechatApi = require('co-wechat-api')
  const api = new WechatApi(call.key, call.secret)
  if (url) Object.assign(api, { prefix: url + '/cgi-bin/', wxaPrefix: url + '/wxa/' })
  const { accessToken } = await api.ensureAccessToken()
  const post = (path, options) => api.request(`${api.wxaPrefix}${path}?access_token=${accessToken}`, { method: 'POST', ...options })
  if (call.do === 'picture') {
    // With its size, as the client itself gives it: without, it is sent in chunks, which WeChat refuses.
    const form = require('formstream')().file('media', call.content, call.content, fs.statSync(call.content).size)
    await post('img_sec_check', { headers: form.headers(), data: form })
    return { code: 0 }
  }
  const asked = { version: 2, scene: 2, openid: 'o' }
  if (call.do === 'text') {
    const { result } = await post('msg_sec_check', { data: JSON.stringify({ ...asked, content: call.content }) })
    return { suggestion: result.suggest, label: result.label }
  }
  const media = { ...asked, media_url: call.content, media_type: PICTURE }
  const submitted = await post('media_check_async', { data: JSON.stringify(media) })
  const { query, body } = await nextPush()
  const signed = [call.token, query.get('timestamp'), query.get('nonce')].sort().join('')
  const signature = crypto.createHash('sha1').update(signed).digest('hex')
  const { result, trace_id } = JSON.parse(body)
  const verified = signature === query.get('signature') && trace_id === submitted.trace_id
  return { suggestion: result.suggest, label: result.label, verified }
}

// -- Alipay

async function checkByAlipay({ url, ...call }) {
  const { AlipaySdk } = require('alipay-sdk')
  const sdk = new AlipaySdk({
    appId: call.key,
    privateKey: call.secret,
    alipayPublicKey: call.public_key,
    ...(url ? { gateway: url + '/gateway.do' } : {}),
  })
  const asked = { bizContent: { content: call.content } }
  const { subCode, action } = await sdk.exec('alipay.security.risk.content.detect', asked, { validateSign: true })
  return subCode ? { code: subCode } : { action }
}

// -- calls, one after another

async function answer(call) {
  if (call.do === 'environment') return process.env
  if (call.do === 'listen') return listen()
  try {
    return await CLIENTS[call.client](call)
  } catch (error) {
    return error.code ? { code: error.code } : { failed: String(error) }
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await answer(JSON.parse(line))))
  }
}

main().then(() => process.exit())
