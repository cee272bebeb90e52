import { describe, expect, it } from '@jest/globals';
import { ORG, START_MS, send, useRig } from './rig';

describe('the API', () => {
  const rig = useRig();

  const refusal = (status: number, path: string) => ({
    status,
    path,
    retryable: false,
    error_code: expect.any(String),
    error_messages: [expect.any(String)],
  });

  describe('access', () => {
    it.each([
      ['GET', '/orgs/o/tasks'],
      ['GET', '/orgs/o/tasks/t'],
      ['POST', '/orgs/o/tasks/t?action=cancel'],
      ['POST', '/orgs/o/tasks/t'],
    ])('answers %s %s without an access token with a 401 that is no ErrorResponse', async (method, path) => {
      const reply = await send(`${rig.simulator.apiUrl}${path}`, { method });
      expect(reply).toMatchObject({ status: 401, body: { error: 'Unauthorized' } });
    });

    it('refuses a token that it never issued', async () => {
      expect((await rig.apiAs('made-up', 'GET', `/orgs/${ORG}/tasks`)).status).toBe(401);
    });

    it('refuses an access token from the instant of its expiry on', async () => {
      const token = await rig.accessToken();
      rig.nowMs = START_MS + 1_798_999;
      expect((await rig.apiAs(token, 'GET', `/orgs/${ORG}/tasks`)).status).toBe(200);
      rig.nowMs = START_MS + 1_799_000;
      expect((await rig.apiAs(token, 'GET', `/orgs/${ORG}/tasks`)).status).toBe(401);
    });
  });

  describe('tasks', () => {
    it('shows the task by every documented field, with explicit nulls and some undocumented fields', async () => {
      const id = await rig.addTask({}, { taskType: 'SDDC-DELETE' });
      expect((await rig.get(id)).body).toEqual({
        id,
        org_id: ORG,
        status: 'STARTED',
        sub_status: 'SDDC_DELETE_PREPARE',
        task_type: 'SDDC-DELETE',
        task_version: '1.0',
        version: 1,
        created: '2026-03-01T10:00:00.012Z',
        updated: '2026-03-01T10:00:00.0Z',
        start_time: '2026-03-01T10:00:00.000000Z',
        end_time: null,
        user_id: expect.any(String),
        user_name: expect.any(String),
        updated_by_user_id: expect.any(String),
        updated_by_user_name: expect.any(String),
        org_type: 'CUSTOMER',
        resource_id: expect.any(String),
        resource_type: 'sddc',
        parent_task_id: null,
        correlation_id: expect.any(String),
        start_resource_entity_version: 1,
        end_resource_entity_version: null,
        progress_percent: 0,
        estimated_remaining_minutes: 10,
        phase_in_progress: 'PREPARE',
        task_progress_phases: [
          { id: 'PREPARE', name: 'Prepare', progress_percent: 0 },
          { id: 'CONFIGURE', name: 'Configure', progress_percent: 0 },
          { id: 'DEPLOY', name: 'Deploy', progress_percent: 0 },
          { id: 'VERIFY', name: 'Verify', progress_percent: 0 },
        ],
        error_message: null,
        localized_error_message: null,
        customer_error_message: null,
        service_errors: [],
        params: { sddc_config: { name: 'params-are-sensitive', password: 'params-are-sensitive' } },
        retries: 0,
        locale: 'en_US',
        parent_notifications: null,
        task_sub_status_transitions: [{ sub_status: 'PREPARE', transition_time: '2026-03-01T10:00:00.000Z' }],
      });
    });

    it('answers for an unknown task, and for a task of another organization, with a 404 ErrorResponse', async () => {
      const id = await rig.addTask();
      for (const path of [`/orgs/${ORG}/tasks/nowhere`, `/orgs/another/tasks/${id}`]) {
        const read = await rig.api('GET', path);
        const canceled = await rig.api('POST', `${path}?action=cancel`);
        expect(read).toMatchObject({ status: 404, body: refusal(404, `/vmc/api${path}`) });
        expect(canceled).toMatchObject({ status: 404, body: refusal(404, `/vmc/api${path}`) });
      }
    });

    it('lists the tasks of the organization and of no other', async () => {
      const first = await rig.addTask();
      const second = await rig.addTask();
      await rig.control('POST', '/tasks', { orgId: 'another', script: {} });
      expect(await rig.listedIds()).toEqual([first, second]);
    });

    it('gives an organization without tasks an empty list', async () => {
      expect(await rig.list()).toMatchObject({ status: 200, body: [] });
    });

    it('lists what the filter matches', async () => {
      const running = await rig.addTask();
      const canceled = await rig.addTask();
      await rig.cancel(canceled);
      expect(await rig.listedIds("(status eq 'STARTED')")).toEqual([running]);
      expect(await rig.listedIds(`id eq '${canceled}'`)).toEqual([canceled]);
    });

    it.each(["status eq 'STARTED", 'nonsense', ')'])(
      'refuses the filter %s with a 400 ErrorResponse',
      async (filter) => {
        await rig.addTask();
        expect(await rig.list(filter)).toMatchObject({ status: 400, body: refusal(400, `/vmc/api/orgs/${ORG}/tasks`) });
      },
    );

    it('refuses two filters at once', async () => {
      const reply = await rig.api('GET', `/orgs/${ORG}/tasks?$filter=version eq 1&$filter=version eq 2`);
      expect(reply.status).toBe(400);
    });
  });

  describe('cancel', () => {
    it.each(['', '?action=', '?action=stop', '?action=cancel&action=cancel'])(
      'refuses the action %p with a 400 ErrorResponse and leaves the task alone',
      async (query) => {
        const id = await rig.addTask();
        const path = `/orgs/${ORG}/tasks/${id}`;
        expect(await rig.api('POST', path + query)).toMatchObject({
          status: 400,
          body: refusal(400, `/vmc/api${path}`),
        });
        expect((await rig.get(id)).body).toMatchObject({ status: 'STARTED' });
      },
    );

    it('answers 200 with a CANCELING task, which is settled only later', async () => {
      const id = await rig.addTask();
      expect(await rig.cancel(id)).toMatchObject({ status: 200, body: { id, status: 'CANCELING', end_time: null } });
      rig.nowMs += 2_999;
      expect((await rig.get(id)).body).toMatchObject({ status: 'CANCELING' });
      rig.nowMs += 1;
      expect((await rig.get(id)).body).toMatchObject({
        status: 'CANCELED',
        end_time: '2026-03-01T10:00:03.00Z',
        phase_in_progress: '',
      });
    });

    it('answers the cancel of a CANCELING task with 200, and its settlement is no later for it', async () => {
      const id = await rig.addTask({ settlesAfterMs: 1_000 });
      await rig.cancel(id);
      rig.nowMs += 900;
      expect(await rig.cancel(id)).toMatchObject({ status: 200, body: { status: 'CANCELING' } });
      rig.nowMs += 100;
      expect((await rig.get(id)).body).toMatchObject({ status: 'CANCELED' });
    });

    it('refuses the cancel of a task that is over, naming the state', async () => {
      const id = await rig.addTask({ endsAfterMs: 1_000 });
      rig.nowMs += 1_000;
      expect(await rig.cancel(id)).toMatchObject({
        status: 400,
        body: { retryable: false, error_messages: [`Cannot cancel task: ${id} in FINISHED state.`] },
      });
    });
  });

  it('answers what it does not know with a 404 that is no ErrorResponse', async () => {
    expect(await rig.api('GET', `/orgs/${ORG}/sddcs`)).toMatchObject({ status: 404, body: { error: 'Not Found' } });
  });

  it('answers a path that cannot be decoded with a 400', async () => {
    const reply = await rig.api('GET', `/orgs/${ORG}/tasks/%E0%A4%A`);
    expect(reply).toMatchObject({ status: 400, body: { error: expect.stringMatching(/decode/) } });
  });
});
