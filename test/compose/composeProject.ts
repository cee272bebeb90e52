import { run } from '../../development/run';
import { ROOT } from '../deploy/variables';

export interface Container {
  Service: string;
  ID: string;
  State: string;
  Health: string;
  ExitCode: number;
  Publishers: { PublishedPort: number; TargetPort: number }[] | null;
}

/** A build downloads packages. */
const TIME_LIMIT_MS = 15 * 60_000;

/**
 * The compose file under a name of its own, apart from a deployment of this machine's user: its
 * data are deleted.
 */
export class ComposeProject {
  readonly environment: Readonly<Record<string, string>>;

  constructor(name: string, variables: Readonly<Record<string, string>> = {}) {
    this.environment = { COMPOSE_PROJECT_NAME: name, COMPOSE_DISABLE_ENV_FILE: '1', ...variables };
  }

  /**
   * Runs a command of the shell, with `docker compose` about this project.
   *
   * @throws Error with its last lines
   */
  async shell(command: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
    const env = { ...process.env, ...this.environment, ...variables };
    const { output, failure } = await run('sh', ['-c', command], { env, cwd: ROOT, timeLimitMs: TIME_LIMIT_MS });
    if (failure !== null) throw new Error(`${command}: ${failure}`);
    return output;
  }

  async containers(): Promise<Container[]> {
    const output = await this.shell('docker compose ps --all --format json');
    return output.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Container]));
  }

  /** Docker does not restart what was killed by hand. */
  async kill(service: string): Promise<void> {
    await this.shell(`docker kill --signal KILL ${await this.idOf(service)}`);
  }

  /** What was killed. */
  async startAgain(service: string): Promise<void> {
    await this.shell(`docker start ${await this.idOf(service)}`);
  }

  private async idOf(service: string): Promise<string> {
    const container = (await this.containers()).find(({ Service }) => Service === service);
    if (container === undefined) throw new Error(`${service} was never started`);
    return container.ID;
  }
}
