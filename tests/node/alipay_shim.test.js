// An application's own test with Jest: the code under test calls my, the test decides what it gets.
// Get ./emulator/my.cjs by `moderation-emulator shim -o emulator`, and set EMULATOR_URL to the running emulator.
const { createMy } = require('./emulator/my.cjs');

const emulator = process.env.EMULATOR_URL;
let account;

const control = async (path, body, method = 'POST') => {
  const answer = await fetch(`${emulator}/_emulator/${path}`, { method, body: body && JSON.stringify(body) });
  return answer.json();
};

// An account of its own for each test: its rules, quotas and journal are nobody else's, whatever runs beside.
beforeEach(async () => {
  account = (await control('accounts', {})).id;
  global.my = createMy({ url: emulator, account });
});

afterEach(() => control(`accounts/${account}`, undefined, 'DELETE'));

// The code under test: it may be published only what was passed.
function mayBePublished(url) {
  return new Promise((resolve, reject) => {
    my.ap.imgRisk({
      pid: '2088123456789012',
      bizContext: { risk_type: 'img_risk', content: url },
      fail: reject,
      success: ({ riskResult }) => {
        my.ap.imgRiskCallback({
          pid: '2088123456789012',
          bizContext: { risk_type: 'img_risk_result', apply_id: JSON.parse(riskResult).apply_id },
          fail: reject,
          success: (answer) => resolve(JSON.parse(answer.riskResult).action === 'PASSED'),
        });
      },
    });
  });
}

test('a picture that is rejected', async () => {
  await control(`rules?account=${account}`, { match: { url: { contains: 'holiday' } }, verdict: 'block', delay: 0 });
  await expect(mayBePublished('https://cdn.example.test/holiday.png')).resolves.toBe(false);
});

test('a picture that passes', async () => {
  await expect(mayBePublished('https://cdn.example.test/emu-pass-emu-delay-0s.png')).resolves.toBe(true);
});

test('a text in which a word is hit', async () => {
  const { result } = await my.textRiskIdentification({ content: 'emu-keyword', type: ['keyword', '0'] });
  expect(result[0]).toMatchObject({ type: 'keyword', hitKeywords: ['emu-keyword'] });
});

test('a service that is busy', async () => {
  await control(`rules?account=${account}`, { match: { provider: 'alipay' }, error: 'SYSTEM_OUT_ERROR' });
  await expect(mayBePublished('https://cdn.example.test/holiday.png')).rejects.toMatchObject({
    errorCode: 'SYSTEM_OUT_ERROR',
  });
});

test('a container without network', async () => {
  global.my = createMy({ url: 'http://127.0.0.1:1' });
  await expect(mayBePublished('https://cdn.example.test/holiday.png')).rejects.toMatchObject({ error: '12' });
});
