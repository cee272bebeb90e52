/** The name under which a worker asks Temporal for work: the SDK's own form, and behind it what runs there. */

const PROGRAM = 'vmc-cancel';
const WITH_VERSION = new RegExp(` ${PROGRAM}/(\\S+)$`);

export function workerIdentity(worker: { pid: number; host: string; version: string }): string {
  return `${worker.pid}@${worker.host} ${PROGRAM}/${worker.version}`;
}

/** The version that an identity tells, or null: an older worker, or one of another make, has a name without one. */
export function workerVersion(identity: string): string | null {
  return WITH_VERSION.exec(identity)?.[1] ?? null;
}
