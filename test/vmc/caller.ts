import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { TaskIds } from '../../vmc/api/client';
import { AUTHORITY_FILE } from './certificates';
import { API_TOKEN, IDS } from './world';

type Environment = Readonly<Record<string, string>>;

export interface CallerRequest {
  environment: Environment;
  ids: TaskIds;
  calls: ('cancelTask' | 'getTask')[];
  timeLimitMs: number;
}

export type CallerReply = { answers: unknown[] } | { problems: string[] };

/**
 * A process of its own that calls the API as its environment says: Node reads the authorities that
 * it trusts only once, when it starts.
 */
export class Caller {
  private constructor(private readonly child: ChildProcess) {}

  static start(trusted: { authority: boolean } = { authority: true }): Caller {
    return new Caller(
      fork(path.join(__dirname, 'callerProcess.ts'), {
        execArgv: ['--import', 'tsx'],
        env: {
          PATH: process.env.PATH,
          NODE_NO_WARNINGS: '1',
          ...(trusted.authority && { NODE_EXTRA_CA_CERTS: AUTHORITY_FILE }),
        },
      }),
    );
  }

  async call(
    environment: Environment,
    calls: CallerRequest['calls'] = ['getTask'],
    timeLimitMs = 10_000,
  ): Promise<unknown[]> {
    const request: CallerRequest = {
      environment: { VMC_API_TOKEN: API_TOKEN, ...environment },
      ids: IDS,
      calls,
      timeLimitMs,
    };
    this.child.send(request);
    const [reply] = (await once(this.child, 'message')) as [CallerReply];
    if ('problems' in reply) throw new Error(reply.problems.join('; '));
    return reply.answers;
  }

  async stop(): Promise<void> {
    this.child.kill();
    await once(this.child, 'exit');
  }
}
