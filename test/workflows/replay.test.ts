import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import '../environment/temporal';
import { built } from '../environment/build';
import { SCENES } from '../histories/record';

const FOLDER = path.join(__dirname, '..', 'histories');
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

async function replay(history: unknown): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: { codePath: built('worker/workflow-bundle.js') } }, history);
}

function recorded(name: string): { events: Record<string, { activityType?: { name: string } }>[] } {
  return JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8')) as ReturnType<typeof recorded>;
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

  it('there is a recorded one of every scene', () => {
    expect(NAMES).toEqual(expect.arrayContaining(Object.keys(SCENES).map((scene) => `${scene}.json`)));
  });
});
