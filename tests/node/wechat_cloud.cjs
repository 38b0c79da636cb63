// Makes cloud calls with an unmodified wx-server-sdk: node wechat_cloud.cjs LINE INIT CALLS
// INIT is what cloud.init takes; CALLS is a list of [api, parameters, options]. A parameter {"$bytes": base64} becomes
// a Buffer. Prints one line of JSON for each call: what it resolved to, or the error it threw.
const [line, init, calls] = process.argv.slice(2)
const cloud = require(`wx-server-sdk-${line}`)

function revived(value) {
  if (value === null || typeof value !== 'object') return value
  if ('$bytes' in value) return Buffer.from(value.$bytes, 'base64')
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revived(inner)]))
}

async function main() {
  cloud.init(JSON.parse(init))
  for (const [api, parameters, options] of JSON.parse(calls)) {
    const openapi = options ? cloud.openapi(options) : cloud.openapi
    try {
      console.log(JSON.stringify({ resolved: await openapi.security[api](revived(parameters)) }))
    } catch (error) {
      console.log(JSON.stringify({ thrown: { errCode: error.errCode, errMsg: error.errMsg } }))
    }
  }
}

main()
