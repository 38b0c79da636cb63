// What the shim my does in Node: `node alipay_shim.cjs SHIM SCENARIO` prints what was seen as JSON.
'use strict';

const fs = require('fs');
const http = require('http');
const vm = require('vm');

const before = Object.getOwnPropertyNames(globalThis);
const shim = require(process.argv[2]);
const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name));

const url = process.env.EMULATOR_URL;
const pid = '2088123456789012';
const picture = (content) => ({ pid, bizContext: { risk_type: 'img_risk', content } });
const task = (apply_id) => ({ pid, bizContext: { risk_type: 'img_risk_result', apply_id } });
const types = ['keyword', '0', '1', '2', '3'];

// The shim where there is nothing but the language, as in the node environment of Jest 27: that one has module and its
// require, process and timers, but neither fetch nor XMLHttpRequest.
function alone(module) {
  const environment = vm.createContext({ module, process, setTimeout });
  vm.runInContext(fs.readFileSync(process.argv[2], 'utf8'), environment);
  return module.exports;
}

// Calls with callbacks, which are noted in their order.
function noted(call, params) {
  const seen = [];
  return new Promise((resolve) => {
    const note = (name) => (body) => seen.push([name, body]);
    call({
      ...params,
      success: note('success'),
      fail: note('fail'),
      complete: (body) => { note('complete')(body); setTimeout(() => resolve(seen), 20); },
    });
    seen.push(['returned']);
  });
}

// A native my.request as the container has it: a status that is no success comes in fail, as error 19 with the body.
function request({ url, method, headers, data, dataType, success, fail }) {
  const sent = http.request(url, { method, headers }, (response) => {
    let text = '';
    response.on('data', (part) => { text += part; });
    response.on('end', () => {
      const answer = { status: response.statusCode, headers: response.headers, data: dataType === 'text' ? text : JSON.parse(text) };
      if (response.statusCode < 300) success(answer);
      else fail({ error: 19, errorMessage: 'http status error', ...answer });
    });
  });
  sent.on('error', (error) => fail({ error: 12, errorMessage: error.message }));
  sent.end(data);
}

class XMLHttpRequest {
  open(method, url) { Object.assign(this, { method, url, headers: {} }); }
  setRequestHeader(name, value) { this.headers[name] = value; }
  send(body) {
    const sent = http.request(this.url, { method: this.method, headers: this.headers }, (response) => {
      this.responseText = '';
      response.on('data', (part) => { this.responseText += part; });
      response.on('end', () => { this.status = response.statusCode; this.onload(); });
    });
    sent.on('error', () => this.onerror());
    sent.end(body);
  }
}

async function three(my) {
  const submitted = await my.ap.imgRisk(picture('https://cdn.example.test/emu-block-emu-delay-0s.png'));
  const { apply_id } = JSON.parse(submitted.riskResult);
  return {
    submitted,
    asked: await my.ap.imgRiskCallback(task(apply_id)),
    text: await my.textRiskIdentification({ content: 'emu-ad', type: types }),
    refused: await my.ap.imgRisk({ pid }).catch((error) => error),
  };
}

const scenarios = {
  calls: () => three(shim.my),
  success: () => noted(shim.my.textRiskIdentification, { content: '示例', type: types }),
  fail: () => noted(shim.my.ap.imgRisk, { pid }),
  global: () => [added, typeof globalThis.my],
  names: () => [Object.keys(shim), Object.keys(shim.my), ['ap.imgRisk', 'ap.imgRiskCallback', 'textRiskIdentification', 'request'].map(shim.my.canIUse)],
  'nobody listens': () => noted(shim.createMy({ url: 'http://127.0.0.1:1' }).ap.imgRisk, picture('https://a.test/a.png')),
  'no callbacks': () => shim.my.ap.imgRisk({ pid }).then(() => 'resolved', (error) => error.errorCode),
  'only a success callback': async () => {
    shim.my.ap.imgRisk({ pid, success() {} });
    await shim.my.ap.imgRisk({ pid }).catch(() => {});
    return 'alive';
  },
  'a callback that throws': () => {
    shim.my.textRiskIdentification({
      content: '示例', type: types, success() { throw new Error('mine'); }, complete() { console.log('"completed"'); },
    });
    return new Promise(() => setTimeout(() => {}, 2000));
  },
  'parameters that are no JSON': async () => {
    const round = {};
    round.round = round;
    return noted(shim.my.textRiskIdentification, round);
  },
  options: async () => {
    const my = shim.createMy({ url: `${url}/`, account: process.argv[4], pid: '2088000000000009' });
    const own = await my.ap.imgRisk({ ...picture('https://a.test/a.png'), appId: '2021' });
    const lent = await my.ap.imgRisk({ bizContext: picture('https://a.test/a.png').bizContext });
    return [own.success, lent.success];
  },
  'the pid of the options': async () => {
    const my = shim.createMy({ pid: '2088000000000009' });
    return my.textRiskIdentification({ content: '示例', type: types }).catch((error) => error);
  },
  'the address at the time of the call': async () => {
    delete process.env.EMULATOR_URL;
    const my = shim.createMy();
    process.env.EMULATOR_URL = url;
    const first = await my.textRiskIdentification({ content: '示例', type: ['0'] });
    globalThis.__EMULATOR_URL__ = 'http://127.0.0.1:1';
    const second = await my.textRiskIdentification({ content: '示例', type: ['0'] }).catch((error) => error);
    return [first.result.length, second.error];
  },
  container: async () => {
    delete globalThis.fetch;
    const alert = () => 'mine';
    const there = { request, alert, ap: { preventCheat: alert }, canIUse: () => 'mine' };
    const my = shim.install(there);
    my.request = () => { throw new Error('replaced'); };
    const kept = [my === there, my.alert(), my.ap.preventCheat(), my.canIUse('ap.imgRisk'), my.canIUse('alert')];
    const failed = await noted(my.ap.imgRisk, { pid });
    const gone = await shim.install({ request }, { url: 'http://127.0.0.1:1' }).ap.imgRisk({}).catch((error) => error);
    return { kept, failed, gone, ...(await three(my)) };
  },
  'container, my a name of its own': async () => {
    delete globalThis.fetch;
    globalThis.my = { request };
    return three(shim.createMy());
  },
  'container, everything at once': async () => {
    delete globalThis.fetch;
    const eager = ({ success }) => success({ status: 200, data: '{"success":true}' });
    return noted(shim.install({ request: eager }).ap.imgRisk, {});
  },
  'container, parsed all the same': async () => {
    delete globalThis.fetch;
    const parsing = ({ success }) => success({ statusCode: 200, data: { success: true } });
    return shim.install({ request: parsing }).ap.imgRisk({});
  },
  xhr: async () => {
    delete globalThis.fetch;
    globalThis.XMLHttpRequest = XMLHttpRequest;
    const gone = await shim.createMy({ url: 'http://127.0.0.1:1' }).ap.imgRisk({}).catch((error) => error);
    return { gone, ...(await three(shim.my)) };
  },
  'no transport': async () => noted(alone({ exports: {} }).my.ap.imgRisk, {}),
  node: async () => {
    const { my, createMy } = alone({ exports: {}, require });
    const gone = await createMy({ url: 'http://127.0.0.1:1' }).ap.imgRisk({}).catch((error) => error);
    const secure = await createMy({ url: 'https://127.0.0.1:1' }).ap.imgRisk({}).catch((error) => error);
    return { gone, secure, ...(await three(my)) };
  },
  numbers: async () => {
    const my = shim.createMy({ url: 'http://127.0.0.1:1', errorType: 'number' });
    return my.ap.imgRisk({}).catch((error) => error);
  },
  'can I use': () => {
    const asked = [];
    const mock = { mine: true, canIUse(name) { asked.push([this.mine, name]); return name === 'request'; } };
    const { canIUse } = shim.install(mock);
    return { asked, told: process.argv.slice(4).map((name) => canIUse(name)) };
  },
};

Promise.resolve(scenarios[process.argv[3]]()).then((seen) => console.log(JSON.stringify(seen)));
