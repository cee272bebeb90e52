import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import type { DevServerEnvironment } from './temporal';
import { devServerEnvironment, testWorker, timeSkippingEnvironment } from './temporal';

const activities = {
  requestCancel: () => Promise.reject(new Error('not asked for here')),
  getTaskStatus: () => Promise.reject(new Error('not asked for here')),
};

describe('the time-skipping environment', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    environment = await timeSkippingEnvironment();
  });
  afterAll(() => environment.teardown());

  it('skips a day in no time', async () => {
    const before = await environment.currentTimeMs();
    await environment.sleep('1 day');
    expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(86_400_000);
  });

  it('takes a run with the search attributes', async () => {
    const values = SEARCH_ATTRIBUTE_NAMES.map((name) => ({
      key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
      value: `${name} of this one`,
    }));
    const handle = await environment.client.workflow.start('anything', {
      taskQueue: 'nobody-polls',
      workflowId: 'with-search-attributes',
      typedSearchAttributes: values,
    });
    const { typedSearchAttributes } = await handle.describe();
    for (const { key, value } of values) expect(typedSearchAttributes.get(key)).toBe(value);
  });

  it('starts a worker with the real workflows', async () => {
    const worker = await testWorker(environment, activities);
    const failure: unknown = await worker.runUntil(
      environment.client.workflow
        .execute('cancelTask', { taskQueue: worker.options.taskQueue, workflowId: 'no-input', args: [{}] })
        .catch((error: unknown) => error),
    );
    expect(failure).toMatchObject({ cause: { type: 'InvalidInput' } });
  });
});

describe('the environment on a dev server', () => {
  let onDevServer: DevServerEnvironment;
  beforeAll(async () => {
    onDevServer = await devServerEnvironment();
  });
  afterAll(() => onDevServer.teardown());

  it('finds runs by the search attributes', async () => {
    const { environment } = onDevServer;
    const query = SEARCH_ATTRIBUTE_NAMES.map((name) => `${name} = 'x'`).join(' AND ');
    await expect(environment.client.workflow.count(query)).resolves.toMatchObject({ count: 0 });
  });
});
