// What a program in TypeScript does with the shim, under `tsc --strict`: it must be taken as it stands.
import { createMy, install, my, type Failure, type My, type PictureAnswer } from './emulator/my.cjs';
import emulated, { createMy as made } from './emulator/my.mjs';

const own: My = createMy({ url: 'http://127.0.0.1:8080', account: 'team-b', pid: '2088000000000002', errorType: 'number' });
const there = install({ alert: (text: string) => text.length }, { url: 'http://127.0.0.1:8080' });
const length: number = there.alert('x');
const bizContext = { risk_type: 'img_risk', content: 'https://cdn.example.test/one.png' };

export async function published(): Promise<boolean> {
  const { riskResult } = await own.ap.imgRisk({ pid: '2088000000000002', bizContext });
  const { apply_id } = JSON.parse(riskResult) as { apply_id: string };
  const asked: PictureAnswer = await there.ap.imgRiskCallback({ bizContext: { risk_type: 'img_risk_result', apply_id } });
  const { result } = await emulated.textRiskIdentification({ content: 'x', type: ['keyword', '0'] });
  const words: string[] = result.flatMap((each) => each.hitKeywords ?? []);
  return asked.success && words.length < length && my.canIUse('ap.imgRisk');
}

made().ap.imgRisk({
  bizContext,
  success: (answer) => answer.riskResult.length,
  fail: (failure: Failure) => failure.error === 4 || failure.errorCode === '4',
  complete() {},
});

// @ts-expect-error: a picture is judged by its address
void own.ap.imgRisk({ bizContext: { risk_type: 'img_risk' } });
// @ts-expect-error: types are a list
void own.textRiskIdentification({ content: 'x', type: '0' });
// @ts-expect-error: there is no such option
createMy({ address: 'http://127.0.0.1:8080' });
