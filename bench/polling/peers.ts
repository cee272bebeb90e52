/** How long a client waits before its n-th read (from 0), in seconds. */
export interface Peer {
  name: string;
  waitSeconds: (read: number) => number;
}

/** The poll schedules of other clients, each with its defaults. */
export const PEERS: readonly Peer[] = [
  // terraform-plugin-sdk, helper/retry/state.go: the wait doubles up to 10 s. From half a second,
  // as VMware's provider uses it.
  { name: "Terraform's provider", waitSeconds: (read) => grown(0.5, 2, 10, read) },
  // google-api-core, google/api_core/future/polling.py, DEFAULT_POLLING: initial 1.0, multiplier
  // 1.5, maximum 20.0. Its jitter is left out.
  { name: "Google's client core", waitSeconds: (read) => grown(1, 1.5, 20, read) },
  { name: 'fixed 30 s', waitSeconds: () => 30 },
  // cloud.google.com/workflows/docs/connectors: 1 s, multiplied by 1.25 from poll to poll, up to 60
  // s.
  { name: 'Google Workflows', waitSeconds: (read) => grown(1, 1.25, 60, read) },
  { name: 'fixed 60 s', waitSeconds: () => 60 },
  // smithy.io/2.0/additional-specs/waiters.html: minDelay 2 s, doubling to maxDelay 120 s. Its
  // jitter, which makes more calls, is left out.
  { name: 'AWS waiters', waitSeconds: (read) => grown(2, 2, 120, read) },
];

function grown(firstSeconds: number, factor: number, lastSeconds: number, read: number): number {
  return Math.min(firstSeconds * factor ** read, lastSeconds);
}

/** Every read up to and including the first at or after the end. */
export function peerReadsSeconds({ waitSeconds }: Peer, settlesAfterSeconds: number): number[] {
  const reads: number[] = [];
  let seconds = 0;
  do {
    seconds += waitSeconds(reads.length);
    reads.push(seconds);
  } while (seconds < settlesAfterSeconds);
  return reads;
}
