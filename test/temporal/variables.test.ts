import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cli } from '../stage/cli';
import { Stage, documents } from '../stage/stage';
import { WorkerProcess } from '../stage/workerProcess';

/** As a compose file, a shell or a file with CRLF leaves them. */
const NOISY = {
  TEMPORAL_NAMESPACE: '',
  TEMPORAL_TLS: ' ',
  TEMPORAL_API_KEY: '\r',
  TEMPORAL_TLS_SERVER_NAME: '\t',
  TEMPORAL_CONFIG_FILE: '',
  TEMPORAL_PROFILE: ' ',
  VMC_CANCEL_TASK_QUEUE: 'q-of-both\r',
  VMC_ORG_ID: ' org-1\r',
  VMC_CANCEL_UI_URL: ' https://ui.example\r\n',
  https_proxy: ' ',
};

describe('worker and command line', () => {
  let stage: Stage;
  let environment: Record<string, string>;
  beforeAll(async () => {
    stage = await Stage.begin();
    const { apiUrl, cspUrl } = stage.simulator;
    environment = {
      ...NOISY,
      TEMPORAL_ADDRESS: `${stage.server.address}\r`,
      VMC_API_URL: `${apiUrl}\r`,
      VMC_CSP_URL: ` ${cspUrl}`,
      VMC_API_TOKEN: 'token\r\n',
      VMC_CLIENT_ID: '',
    };
  }, 180_000);
  afterAll(() => stage.end());

  it('meet on one queue of one Temporal, whatever white space stands around the values', async () => {
    const worker = new WorkerProcess(environment);
    expect(await worker.logged('polling')).toMatchObject({
      taskQueue: 'q-of-both',
      namespace: 'default',
      address: stage.server.address,
    });
    const checks = await new Cli(['doctor', '--json'], environment).ended;
    expect(checks).toMatchObject({ code: 0, stderr: '' });
    expect(checks.stdout).toContain('q-of-both');
    const { taskId } = await stage.task();
    const started = await new Cli(['start', '--json', taskId], environment).ended;
    expect(started).toMatchObject({ code: 0, stderr: '' });
    expect(documents(started.stdout)).toMatchObject([
      { orgId: 'org-1', url: expect.stringMatching(/^https:\/\/ui\.example\/namespaces\/default\//) },
    ]);
  });

  it('refuse the same values, all at once, each by its variable', async () => {
    const wrong = {
      TEMPORAL_ADDRESS: 'https://canary:7233',
      TEMPORAL_TLS: 'canary',
      TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true',
      TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/canary',
      TEMPORAL_GRPC_META_X: 'canary\nx',
      VMC_CANCEL_TASK_QUEUE: '/_sys/canary',
    };
    const command = await new Cli(['list'], wrong).ended;
    const worker = new WorkerProcess({ VMC_API_TOKEN: 'token', ...wrong });
    expect([command.code, await worker.exitCode]).toEqual([2, 1]);
    for (const output of [command.stderr, worker.stderr]) {
      for (const name of Object.keys(wrong)) expect(output).toContain(`${name}: `);
      expect(output).not.toContain('canary');
    }
  });
});
