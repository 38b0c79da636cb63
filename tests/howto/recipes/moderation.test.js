const url = process.env.EMULATOR_URL || 'http://127.0.0.1:8080'

async function control(method, path, body) {
  const init = { method, body: body && JSON.stringify(body) }
  const response = await fetch(`${url}/_emulator/${path}`, init)
  const answer = await response.json()
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return answer
}

let account
beforeAll(async () => { account = await control('POST', 'accounts', {}) })
afterEach(() => control('POST', `reset?account=${account.id}`))
afterAll(() => control('DELETE', `accounts/${account.id}`))

test('each file has an account of its own, as new for each test', async () => {
  const rule = { match: { operation: 'ScanText' }, error: 'Throttling', times: 2 }
  await control('POST', `rules?account=${account.id}`, rule)
  // ... call your code, with account.aliyun.access_key_id and access_key_secret, account.wechat.appid and secret ...
  const wanted = { match: { operation: 'ScanText', code: 'Throttling' }, count: 0 }
  const verified = await control('POST', `journal/verify?account=${account.id}`, wanted)
  expect(verified).toMatchObject({ ok: true })
})
