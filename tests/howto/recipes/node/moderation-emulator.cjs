// For tests of Node: the global set-up of Jest, Vitest or Playwright, and an account of its own for each test.
const { spawn } = require('node:child_process')

/** Start an emulator that ends with this process, unless EMULATOR_URL names one. */
async function startEmulator() {
  if (process.env.EMULATOR_URL) return
  const server = spawn('moderation-emulator', ['serve', '--port', '0', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'] })
  process.env.EMULATOR_URL = await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`moderation-emulator ended with ${code}`)))
    server.stdout.once('data', (line) => resolve(String(line).match(/http:\S+/)[0]))
  })
  process.once('exit', () => server.kill())
  server.unref()
  server.stdout.unref()
}

/** One set of credentials for every service; rules, journal, clock and callbacks belong to it. */
class Account {
  /** Make an account; its credentials are `aliyun`, `wechat` and `alipay`. */
  static async open() {
    const account = new Account()
    account.url = process.env.EMULATOR_URL || 'http://127.0.0.1:8080'
    return Object.assign(account, await account.control('POST', 'accounts', {}))
  }

  /** Decide what comes back: `rule({ match: { operation: 'ScanText' }, error: 'Throttling', times: 1 })`. */
  rule(rule) {
    return this.control('POST', `rules?account=${this.id}`, rule)
  }

  /** Throw unless so many calls match; `match` has the keys of a rule, and `status`, `code`, `outcome`. */
  async verify(match, count = { min: 1 }) {
    const found = await this.control('POST', `journal/verify?account=${this.id}`, { match, count })
    if (found.ok) return
    const journal = (await this.journal()).map(({ operation, status, code, outcome }) => [operation, status, code, outcome])
    const wanted = `${JSON.stringify(count)} calls were to match ${JSON.stringify(match)}`
    throw new Error(`${wanted}, ${found.matched} did; newest first: ${JSON.stringify(journal)}`)
  }

  /** Return the calls of the account, newest first. */
  async journal() {
    return (await this.control('GET', `journal?account=${this.id}`)).items
  }

  /** Delete the account with everything in it. */
  close() {
    return this.control('DELETE', `accounts/${this.id}`)
  }

  async control(method, path, body) {
    const response = await fetch(`${this.url}/_emulator/${path}`, { method, body: body && JSON.stringify(body) })
    const answer = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
    return answer
  }
}

module.exports = startEmulator
module.exports.Account = Account
