import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import pc from 'picocolors';
import { columnsOf } from '../../cli/output/textWidth';
import type { Glance } from '../../cli/output/glance';
import { unknownGlance } from '../../cli/output/glance';
import { SCENES } from '../../development/demo/scenes';
import type { Screen } from '../../development/demo/screen';
import { screenOn } from '../../development/demo/screen';

const [scene, other] = SCENES as [(typeof SCENES)[0], (typeof SCENES)[0]];
const running: Glance = { ...unknownGlance(scene.name), state: 'CANCELING', percent: 40, phase: 'DESTROY_HOSTS' };
const over: Glance = { ...running, state: 'CANCELED', startedAtMs: 0, endedAtMs: 6_000 };

/** The lines that were written, redrawn ones included. */
function linesOn(terminal: { columns: number; rows: number } | null, work: (screen: Screen) => void): string[] {
  const stream = new PassThrough().setEncoding('utf8');
  work(screenOn(Object.assign(stream, terminal && { isTTY: true, ...terminal }), SCENES, pc.createColors(false)));
  return stripVTControlCharacters(String(stream.read() ?? '')).split('\n');
}

describe('the screen of the demo', () => {
  it.each([80, 40])('on a terminal of %i columns has a line for every scene, and none is wider', (columns) => {
    const lines = linesOn({ columns, rows: 40 }, (screen) => {
      screen.saw(scene, { ...running, trouble: 'Unavailable: the API answers 503, again and again' });
      screen.end();
    });
    expect(lines.filter((line) => line.startsWith('·'))).toHaveLength(SCENES.length);
    for (const line of lines) expect(columnsOf(line)).toBeLessThan(columns);
  });

  it('marks a verdict that is expected, and one that is not', () => {
    const lines = linesOn({ columns: 80, rows: 40 }, (screen) => {
      screen.saw(scene, over);
      screen.saw(scene, { ...over, state: 'FAILED' });
      screen.end();
    });
    expect(lines.find((line) => line.startsWith('✓'))).toMatch(/^✓ {2}accepted, then canceled +CANCELED +6 s$/);
    expect(lines.find((line) => line.startsWith('✗'))).toMatch(/^✗ {2}accepted, then canceled +FAILED +6 s$/);
  });

  it('in a pipe prints a line a change of state or trouble, and none for what only counts on', () => {
    const lines = linesOn(null, (screen) => {
      screen.saw(scene, running);
      screen.saw(scene, { ...running, percent: 41 });
      screen.saw(other, running);
      screen.saw(scene, { ...running, trouble: 'no worker' });
      screen.saw(scene, over);
      screen.end();
    });
    const changes = lines.filter((line) => line !== '').map((line) => line.trim().split(/ {2,}/));
    expect(changes.map(([, name, , ...change]) => [name, ...change])).toEqual([
      [scene.name, 'CANCELING'],
      [other.name, 'CANCELING'],
      [scene.name, 'CANCELING', '! no worker'],
      [scene.name, 'CANCELED'],
    ]);
  });
});
