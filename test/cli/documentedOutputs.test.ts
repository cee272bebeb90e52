import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  checkDocumentSchema,
  errorDocumentSchema,
  failureDocumentSchema,
  listingDocumentSchema,
  pausedDocumentSchema,
  setupDocumentSchema,
  startedDocumentSchema,
} from '../../cli/documents';
import { planDocumentSchema } from '../../cli/cancelAll/planDocument';
import { cancelTaskProgressSchema, cancelTaskResultSchema } from '../../domain/contract/result';
import type { Example } from './documentedCommands';
import { documentedSections, normalised, throughFilter } from './documentedCommands';
import type { Ended } from '../stage/childProcess';
import { CommandRun } from '../stage/commandRun';
import { ORG, Stage, documents } from '../stage/stage';
import { until } from '../stage/until';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin({ searchAttributes: {} });
}, 180_000);
afterAll(() => stage.end());

/** So long that it stays where it is, to the percent. */
const LONG = { settlesAfterMs: 3_600_000, endsAfterMs: 360_000_000 };
/** Nothing is read before somebody asks for it. */
const SELDOM = { poll: { min: '1h', max: '1h' } };

async function createTask(taskId: string, script: object, taskType = 'SDDC-PROVISION'): Promise<void> {
  await stage.controls.addTask({ orgId: ORG, taskId, taskType, script });
}

async function startMonitored(taskId: string, script: object): Promise<void> {
  await createTask(taskId, script);
  const { workflowId } = await stage.client.start({ orgId: ORG, taskId, requestedBy: 'alice', ...SELDOM });
  await stage.untilProgress(workflowId, ({ phase }) => phase === 'MONITORING');
}

/** What has to be there before the examples of a section are tried. */
const PREPARED: Readonly<Record<string, () => Promise<unknown>>> = {
  doctor: async () => {
    await stage.startWorker();
    await until(async () => (await stage.run('doctor')).code === 0);
  },
  start: () => createTask('task-1', LONG),
  status: () => startMonitored('task-2', { ...LONG, settlesAfterMs: 1 }),
  stop: () => startMonitored('task-3', LONG),
  result: async () => {
    await stage.controls.addFault({ operation: 'cancelTask', taskId: 'task-4', times: 1, status: 403 });
    await createTask('task-4', LONG);
    await stage.client.start({ orgId: ORG, taskId: 'task-4' });
  },
  'cancel-all': () => createTask('task-7', LONG, 'CLUSTER-DESTROY'),
  list: async () => {
    await startMonitored('task-5', LONG);
    // The list follows the runs with a little delay.
    await until(async () => {
      const all = (await stage.client.list()).map(({ status, taskStatus }) => `${status} ${String(taskStatus)}`);
      return all.filter((one) => one === 'completed CANCELED' || one === 'running CANCELING').length >= 2;
    });
  },
};

const TO_THE_VERDICT = 'vmc-cancel watch task-2';

async function tried({ line, args }: Example): Promise<Ended> {
  const command = args[0] === 'cancel-all' ? new CommandRun(args, stage.vmcEnvironment(ORG)) : stage.start(...args);
  if (line === TO_THE_VERDICT) {
    await command.printed('CANCELING');
    await stage.client.pollNow({ orgId: ORG, taskId: 'task-2' });
  }
  return await command.ended;
}

const anyDocument = z.union([
  pausedDocumentSchema,
  cancelTaskProgressSchema,
  cancelTaskResultSchema,
  startedDocumentSchema,
  listingDocumentSchema,
  checkDocumentSchema,
  setupDocumentSchema,
  failureDocumentSchema,
  errorDocumentSchema,
  planDocumentSchema,
]);

describe('docs/command-line.md tells what is printed, and the exit code, of', () => {
  // In the order of the document: what one command did, the next one finds.
  it.each(documentedSections().filter(({ examples }) => examples.length > 0))(
    '$command',
    async ({ command, examples }) => {
      await PREPARED[command]?.();
      for (const example of examples) {
        const { code, stdout, stderr } = await tried(example);
        const printed = throughFilter(stdout, example.shown) + stderr;
        expect({ line: example.line, printed: normalised(printed), code }).toEqual({
          line: example.line,
          printed: normalised(example.output),
          code: example.exitCode,
        });
        if (example.args.includes('--json')) for (const one of documents(stdout)) anyDocument.parse(one);
      }
    },
    180_000,
  );
});
