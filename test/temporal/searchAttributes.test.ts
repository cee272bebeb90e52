import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { CancellationClient } from '../../client';
import { Stage, documents } from '../stage/stage';

const NAMES = ['VmcOrgId', 'VmcTaskId', 'VmcTaskStatus', 'VmcCancelOutcome'];
const TEXT = 1;
const KEYWORD = 2;
const PERMISSION_DENIED = 7;

let bare: Stage;
beforeAll(async () => {
  bare = await Stage.begin({ searchAttributes: {} });
}, 180_000);
afterAll(() => bare.end());

async function lack(): Promise<unknown> {
  const { stdout } = await bare.run('doctor', '--json');
  return documents(stdout).find(({ check }) => check === 'searchAttributes');
}

/** Stands for a server that keeps the list to its own operators, as Temporal Cloud does. */
function keepListSecret(connection: Connection): void {
  const denied = Object.assign(new Error('denied'), { code: PERMISSION_DENIED, details: 'denied', metadata: {} });
  Object.assign(connection.operatorService, { listSearchAttributes: () => Promise.reject(denied) });
}

describe('on a server without the search attributes', () => {
  it('list and doctor name those that are missing and vmc-cancel setup, and exit 1', async () => {
    const list = await bare.run('list', '--org', '');
    expect(list).toMatchObject({ code: 1, stdout: '' });
    expect(list.stderr).toMatch(new RegExp(`^error: .*${NAMES.join(', ')}.*vmc-cancel setup\\n$`));
    expect(await lack()).toMatchObject({
      ok: false,
      message: expect.stringContaining(NAMES.join(', ')),
      remedy: expect.stringContaining('vmc-cancel setup'),
    });
  });

  it('that tells nobody which it has, list finds out all the same', async () => {
    const connection = await Connection.connect({ address: bare.server.address });
    keepListSecret(connection);
    const client = CancellationClient.using(new Client({ connection }));
    await expect(client.list()).rejects.toMatchObject({
      type: 'TemporalRefused',
      message: expect.stringContaining('vmc-cancel setup'),
    });
    await bare.client.setup();
    expect(await client.list()).toEqual([]);
    await connection.close();
  });

  it('list and doctor work after setup', async () => {
    await bare.client.setup();
    expect(await bare.run('list')).toMatchObject({ code: 0 });
    expect(await lack()).toMatchObject({ ok: true });
  });
});

describe('on a server where one is of another type', () => {
  let mistyped: Stage;
  beforeAll(async () => {
    mistyped = await Stage.begin({ searchAttributes: {} });
  }, 180_000);
  afterAll(() => mistyped.end());

  it('list, doctor and setup name it and exit 1', async () => {
    const connection = await Connection.connect({ address: mistyped.server.address });
    const types = NAMES.map((name, index) => [name, index === 1 ? TEXT : KEYWORD] as const);
    await connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: Object.fromEntries(types),
    });
    await connection.close();
    const all = await Promise.all([mistyped.run('list'), mistyped.run('doctor'), mistyped.run('setup')]);
    for (const { code, stdout, stderr } of all) {
      expect(code).toBe(1);
      expect(stdout + stderr).toMatch(/not of type Keyword: VmcTaskId\b.*search-attribute remove/);
    }
  });
});
