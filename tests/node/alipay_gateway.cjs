// alipay-sdk: takes one call as JSON, tells as JSON what it got or raised.
const { readFileSync } = require('node:fs');
const { AlipaySdk } = require('alipay-sdk');

const asked = JSON.parse(readFileSync(0, 'utf8'));
const sdk = new AlipaySdk({
  appId: asked.app_id,
  privateKey: asked.private_key,
  keyType: asked.private_key.includes('BEGIN PRIVATE KEY') ? 'PKCS8' : 'PKCS1',
  alipayPublicKey: asked.public_key,
  gateway: asked.url,
  signType: asked.sign_type,
  encryptKey: asked.encrypt_key,
});
sdk.exec(asked.method, { bizContent: asked.content, ...asked.given }, { validateSign: true }).then(
  (told) => console.log(JSON.stringify(told)),
  (error) => console.log(JSON.stringify({ raised: String(error) })),
);
