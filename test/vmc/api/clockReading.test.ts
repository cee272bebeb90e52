import { describe, expect, it } from '@jest/globals';
import type { ClockReading } from '../../../vmc/api/client';
import type { Reply } from '../scriptedServer';
import { createClient, createWorld, errorBody, IDS, limits, startServer, taskBody, WITH_API_TOKEN } from '../world';

const DATE = 'Sat, 31 Jan 2026 12:00:30 GMT';

async function readingsOf(reply: Reply): Promise<ClockReading[]> {
  const { csp } = await createWorld();
  const api = await startServer(() => reply);
  const readings: ClockReading[] = [];
  let nowMs = 1_000;
  const client = createClient({
    configuration: { apiUrl: api.url, cspUrl: csp.url, credentials: WITH_API_TOKEN },
    now: () => nowMs++,
    onClock: (reading) => readings.push(reading),
  });
  await client.getTask(IDS, limits());
  return readings;
}

describe('the clock of the API', () => {
  it.each([
    ['the task', { body: taskBody() }],
    ['an error', { status: 400, body: errorBody(false) }],
    ['nothing but a 503', { status: 503, body: '<html>' }],
  ])('is read from an answer with %s, between asking and hearing', async (_case, reply) => {
    const readings = await readingsOf({ ...reply, headers: { date: DATE } });
    expect(readings).toEqual([
      { apiMs: Date.UTC(2026, 0, 31, 12, 0, 30), askedAtMs: expect.any(Number), toldAtMs: expect.any(Number) },
    ]);
    expect(readings.map(({ askedAtMs, toldAtMs }) => toldAtMs - askedAtMs)).toEqual([1]);
  });

  it.each([
    ['a page', { body: '<html>' }],
    ['a list of something else', { body: [{ name: 'not a task' }] }],
    ['a page that is not there', { status: 404, body: '<html>' }],
    ['a redirect', { status: 302, body: '' }],
  ])('is not read from an answer with %s: that was another server', async (_case, reply) => {
    expect(await readingsOf({ ...reply, headers: { date: DATE } })).toEqual([]);
  });

  it('is not read where nothing was answered, or no date that anybody can read', async () => {
    expect(await readingsOf({ drop: true })).toEqual([]);
    expect(await readingsOf({ body: taskBody(), headers: { date: 'noon' } })).toEqual([]);
  });
});
