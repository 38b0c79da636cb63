// What the shim my does as an ES module: `node alipay_shim.mjs SHIM` prints what was seen as JSON.
const before = Object.getOwnPropertyNames(globalThis);
const shim = await import(process.argv[2]);
const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name));

const { default: same, my, createMy, install } = shim;
const types = ['keyword', '0', '1', '2', '3'];
const answers = [];
for (const one of [my, createMy({ url: process.env.EMULATOR_URL }), install({})]) {
  answers.push(await one.textRiskIdentification({ content: 'emu-ad', type: types }));
}

// A mini program without fetch: its global my must not be hidden by the export of that name.
delete globalThis.fetch;
globalThis.my = { request: ({ success }) => success({ status: 200, data: '{"through":"my.request"}' }) };
answers.push(await my.ap.imgRisk({}));

console.log(JSON.stringify({ names: Object.keys(shim).sort(), same: same === my, added, answers }));
