import { sourceProcess } from './answers/campaign';
import { Calls } from './answers/calls';
import { drawnAnswer } from './answers/draw';
import { expectedOf } from './answers/expected';
import { outcomeOf, problemsOf } from './answers/judge';
import { written } from './answers/wire';
import { sentBy } from './answers/secrets';
const [seed, ...idx] = process.argv.slice(2).map(Number) as [number, ...number[]];
void (async () => {
  const s = await sourceProcess(seed);
  const calls = new Calls(s.url);
  await calls.make(0);
  await calls.make(4);
  for (const i of idx) {
    const a = drawnAnswer(seed, i);
    const o = await calls.make(i);
    const w = written(a, sentBy(i, 'TOK'));
    console.log(
      '---',
      i,
      outcomeOf(o),
      Math.round(o.tookMs),
      JSON.stringify({ ...a, headers: JSON.stringify(a.headers).slice(0, 400) }).slice(0, 900),
      w.then,
      Buffer.concat(w.pieces).toString('latin1').slice(0, 400),
    );
    console.log(
      o.activity.kind === 'threw' ? String((o.activity.error as Error).message).slice(0, 300) : '',
      problemsOf(o, expectedOf(a, o.operation)),
    );
  }
  calls.close();
  await s.stop();
})();
