import { createVmcClient } from '../../vmc/api/client';
import { readVmcConfiguration } from '../../vmc/configuration';
import type { CallerReply, CallerRequest } from './caller';

const own = { ...process.env };

process.on('message', (request: CallerRequest) => {
  void replyTo(request).then((reply) => process.send?.(reply));
});

/** One client, one call after the other. */
async function replyTo({ environment, ids, calls, timeLimitMs }: CallerRequest): Promise<CallerReply> {
  process.env = { ...own, ...environment };
  const configuration = await readVmcConfiguration(environment);
  if (!configuration.ok) return { problems: configuration.problems };
  const client = createVmcClient({ configuration: configuration.value });
  const answers: unknown[] = [];
  for (const call of calls)
    answers.push(await client[call](ids, { signal: new AbortController().signal, timeLimitMs }));
  client.close();
  return { answers };
}
