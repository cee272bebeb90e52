import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import '../environment/temporal';
import { built } from '../environment/build';
import { cancelTaskResultSchema } from '../../domain/contract/result';
import { SCENES } from '../histories/record';

const FOLDER = path.join(__dirname, '..', 'histories');
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

async function replay(history: unknown): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: { codePath: built('worker/workflow-bundle.js') } }, history);
}

interface Attributes {
  activityType?: { name: string };
  failure?: { applicationFailureInfo?: { type: string } };
  result?: { payloads: { data: string }[] };
}

function recorded(name: string): { events: Record<string, Attributes>[] } {
  return JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8')) as ReturnType<typeof recorded>;
}

/** Events of the timeline, and the ending, without which a history is not that of its scene. */
const SHOWN: Readonly<Record<string, string[]>> = {
  canceled: ['accepted', 'CANCELED'],
  'already-settled': ['declined', 'FINISHED'],
  'not-cancelable': ['declined', 'NOT_CANCELABLE'],
  'declined-then-retried': ['declined', 'cancelReissued', 'accepted', 'CANCELED'],
  'declined-and-monitored': ['declined', 'FAILED'],
  'deadline-exceeded': ['accepted', 'DEADLINE_EXCEEDED'],
  'outage-at-first-contact': ['troubleBegan', 'troubleEnded', 'accepted', 'CANCELED'],
  'outage-while-watching': ['accepted', 'troubleBegan', 'troubleEnded', 'CANCELED'],
  'refusal-in-doubt': ['troubleBegan', 'declined', 'NOT_CANCELABLE'],
  'unreadable-answer': ['troubleBegan', 'cancelReissued', 'CANCELED'],
  'every-update': ['polledNow', 'cancelReissued', 'deadlineExtended', 'monitoringStopped', 'ABANDONED'],
  'workflow-cancelled': ['monitoringStopped', 'ABANDONED'],
  'default-pace': ['accepted', 'CANCELED'],
  'default-pace-without-estimate': ['accepted', 'CANCELED'],
  'continued-as-new': ['accepted', 'CANCELED'],
  'continued-as-new-with-memo': ['accepted', 'CANCELED'],
  'invalid-input': ['InvalidInput'],
  'task-not-found': ['TaskNotFound'],
};

function shownBy({ events }: ReturnType<typeof recorded>): string[] {
  const last = events.at(-1);
  const failure = last?.workflowExecutionFailedEventAttributes?.failure?.applicationFailureInfo?.type;
  if (failure !== undefined) return [failure];
  const [payload] = last?.workflowExecutionCompletedEventAttributes?.result?.payloads ?? [];
  const result = cancelTaskResultSchema.parse(JSON.parse(Buffer.from(payload?.data ?? '', 'base64').toString()));
  return [...result.timeline.map(({ event }) => event), result.outcome];
}

describe('a cancellation that began with an earlier release goes on with this one', () => {
  it.each(NAMES)('%s', async (name) => {
    await replay(recorded(name));
  });

  it('and one that would not is found: a history of other commands does not replay', async () => {
    const history = recorded('canceled.json');
    for (const event of history.events) {
      const type = event.activityTaskScheduledEventAttributes?.activityType;
      if (type?.name === 'getTaskStatus') type.name = 'readTheTask';
    }
    await expect(replay(history)).rejects.toMatchObject({ name: DeterminismViolationError.name });
  });

  it.each(Object.keys(SCENES))('the recorded one of %s shows it', (scene) => {
    const expected = SHOWN[scene];
    if (expected === undefined) throw new Error('say in SHOWN what the history of the scene has to contain');
    expect(shownBy(recorded(`${scene}.json`))).toEqual(expect.arrayContaining(expected));
  });

  it.each(NAMES.filter((name) => name.endsWith('-before.json')))('%s continues as new', (name) => {
    expect(recorded(name).events.at(-1)).toHaveProperty('workflowExecutionContinuedAsNewEventAttributes');
  });
});
