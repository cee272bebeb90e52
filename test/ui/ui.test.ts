import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FrameLocator } from 'playwright-core';
import { workflowId } from '../../domain/contract/names';
import {
  CANCELED,
  DECLINED,
  FINISHED,
  HOSTILE,
  HOSTILE_TEXTS,
  IGNORED,
  LINES_SHOWN,
  perform,
  RUNNING,
  TROUBLED,
  UNKNOWN,
} from './cast';
import { launchedChromium } from './chromium';
import { image, SIMULATOR_PORT } from './images';
import type { Ids } from './uiStage';
import { UiStage } from './uiStage';
import { TemporalUi } from './temporalUi';

const START_LIMIT_MS = 180_000;

let stage: UiStage;
let ui: TemporalUi;
/** What was begun, were it not all, is ended, the latest first. */
const endings: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const browser = await launchedChromium();
  endings.unshift(() => browser.close());
  stage = await UiStage.begin(SIMULATOR_PORT);
  endings.unshift(() => stage.end());
  ui = await TemporalUi.open(browser, stage.url);
  await perform(stage);
}, START_LIMIT_MS);

afterAll(async () => {
  for (const end of endings) await end();
});

/** What each view of the documentation finds. */
const VIEWS: Readonly<Record<string, Ids[]>> = {
  'Being cancelled': [RUNNING, TROUBLED, HOSTILE, IGNORED],
  'Still going on': [IGNORED],
  'Not canceled': [FINISHED, DECLINED, UNKNOWN],
};

function documentedViews(): { name: string; query: string }[] {
  const document = readFileSync(path.join(__dirname, '..', '..', 'docs', 'temporal-ui.md'), 'utf8');
  return [...document.matchAll(/^### (.+)$[^]*?^```sql\n(.+)\n```$/gm)].map(([, name = '', query = '']) => ({
    name,
    query,
  }));
}

function idsOf(...tasks: Ids[]): string[] {
  return tasks.map(workflowId).sort();
}

describe('a running run', () => {
  it('says in its summary and details what it is, who asked for it and why', async () => {
    await ui.openRun(workflowId(RUNNING));
    await ui.openTab('User Metadata');
    await ui.summary.getByText('Cancel task sddc-create in org org-berlin').waitFor();
    await ui.details.getByText('Reason: Wrong region').waitFor();
    await ui.details.getByText('Requested by: ann@example.com').waitFor();
  });

  it('says in its current details how far it is, what comes next and what one may do', async () => {
    await ui.openRun(workflowId(RUNNING));
    await ui.label('next status read, 4th, task CANCELING 62 %').waitFor();
    await ui.openTab('User Metadata');
    const details = ui.currentDetails;
    await details.getByText('62 %, about 7 min left, says the API').waitFor();
    for (const text of [
      'MONITORING. The API accepted the cancel',
      'Task: CANCELING, SDDC-PROVISION',
      'Phase: REMOVE_HOSTS',
      'Next status read: the 4th',
      'Deadline: ',
      'pollNow reads the status now',
      'stopMonitoring ends this watch',
    ])
      await details.getByText(text).first().waitFor();
    expect(await details.getByText('reissueCancel').count()).toBe(0);
    await image(ui.page, 'running');
  });

  it('labels what it waits for and what it asked in its timeline', async () => {
    await ui.openRun(workflowId(RUNNING));
    await ui.label('next status read, 4th, task CANCELING 62 %').waitFor();
    await ui.label('getTaskStatus • status read, 3rd, task CANCELING 41 %').waitFor();
    await ui.label('requestCancel • ask the API to cancel').waitFor();
    await ui.scrollToTimeline();
    await image(ui.page, 'timeline');
  });

  it('reads the status when pollNow is sent from the page', async () => {
    await ui.openRun(workflowId(RUNNING));
    const dialog = await ui.openUpdateDialog();
    await dialog.getByText('Sends the cancel once more now').waitFor();
    await dialog.getByText('Waits longer. Data: {"by": "6h"}').waitFor();
    await image(ui.page, 'update');
    await dialog.getByRole('option', { name: /^pollNow/ }).click();
    await dialog.getByRole('button', { name: 'Submit' }).click();
    await ui.label('getTaskStatus • status read, 4th, task CANCELING 62 %').waitFor();
    await ui.label('next status read, 5th, task CANCELING 62 %').waitFor();
    expect(await stage.client.progress(RUNNING)).toMatchObject({
      polls: 4,
      timeline: expect.arrayContaining([expect.objectContaining({ event: 'polledNow' })]),
    });
  });
});

describe('the list of runs', () => {
  it.each([
    ['organization', "VmcOrgId = 'org-berlin'", [RUNNING, CANCELED, FINISHED, DECLINED, TROUBLED]],
    ['outcome', "VmcCancelOutcome = 'CANCELED'", [CANCELED]],
    ['status of the task', "VmcTaskStatus = 'CANCELING'", [RUNNING, TROUBLED, HOSTILE]],
    ['status of the run', "ExecutionStatus = 'Failed'", [UNKNOWN]],
  ])('is filtered by the %s', async (_, query, expected) => {
    await ui.openList(query);
    expect(await ui.listed(expected.length)).toEqual(idsOf(...expected));
  });

  it.each(documentedViews())('has the documented view "$name", which can be saved', async ({ name, query }) => {
    const expected = VIEWS[name] ?? [];
    await ui.search(query);
    expect(await ui.listed(expected.length)).toEqual(idsOf(...expected));
    await ui.saveView(name);
    await ui.openView(name);
    expect(await ui.listed(expected.length)).toEqual(idsOf(...expected));
  });

  it('has no documented view but those', () => {
    expect(documentedViews().map(({ name }) => name)).toEqual(Object.keys(VIEWS));
  });

  it('shows the task status and the outcome as columns', async () => {
    await ui.openList("VmcOrgId = 'org-berlin'");
    await ui.chooseColumns({ add: ['VmcTaskStatus', 'VmcCancelOutcome'], remove: ['Run ID', 'Type', 'End'] });
    const row = ui.rows.filter({ hasText: workflowId(DECLINED) });
    await row.getByText('NOT_CANCELABLE').waitFor();
    await row.getByText('STARTED').waitFor();
    await image(ui.page, 'list');
  });
});

describe('a run in trouble', () => {
  it('says in plain words what is wrong, since when, and that it goes on', async () => {
    await ui.openRun(workflowId(TROUBLED));
    await ui.label(/next status read, 1st, task CANCELING 0 %, trouble: Unavailable, \d+ calls/).waitFor();
    await ui.openTab('User Metadata');
    const trouble = ui.currentDetails.getByText('Trouble: Unavailable').locator('..');
    await trouble.filter({ hasText: /since .* UTC, \d+ calls in a row\. The API is down or out of reach\./ }).waitFor();
    await trouble.getByText('The service is being upgraded.').waitFor();
    await image(ui.page, 'trouble');
  });
});

describe('a run that is over', () => {
  it('says how it ended, what that means, and offers nothing to do', async () => {
    await ui.openRun(workflowId(CANCELED));
    await ui.page.getByTestId('execution-status').getByText('Completed').first().waitFor();
    await ui.openTab('User Metadata');
    await ui.currentDetails.getByText(/^CANCELED after \d+ s\. The API says that the task was canceled\.$/).waitFor();
    expect(await ui.currentDetails.getByText('you may do').count()).toBe(0);
    await image(ui.page, 'finished');
  });

  it('says why there is no verdict where it failed', async () => {
    await ui.openRun(workflowId(UNKNOWN));
    await ui.openTab('User Metadata');
    await ui.currentDetails.getByText('Failed: TaskNotFound.').waitFor();
  });
});

describe('foreign text', () => {
  const MADE_OF_MARKUP =
    'img, a, script, table, h1, h2, h3, h4, h5, h6, em, i, b, del, mark, details, pre, blockquote, hr, sup, math';

  async function shown(frame: FrameLocator): Promise<{ quoted: string[]; made: number }> {
    await frame.locator('code').first().waitFor();
    return {
      quoted: await frame.locator('code').allTextContents(),
      made: await frame.locator(MADE_OF_MARKUP).count(),
    };
  }

  it('is shown as it is, and makes no element, link or call', async () => {
    const { reason, requestedBy, taskType, phase, subStatus, error } = HOSTILE_TEXTS;
    await ui.openRun(workflowId(HOSTILE));
    await ui.openTab('User Metadata');
    expect(await shown(ui.details)).toEqual({ quoted: [reason + LINES_SHOWN, requestedBy], made: 0 });
    const current = await shown(ui.currentDetails);
    expect(current.made).toBe(0);
    expect(current.quoted).toEqual(
      expect.arrayContaining([taskType, phase, subStatus, error + LINES_SHOWN, reason + LINES_SHOWN, requestedBy]),
    );
    expect(ui.dialogs).toEqual([]);
    expect(ui.callsElsewhere.filter((url) => url.includes('evil.example'))).toEqual([]);
  });
});
