import type { Payload, PayloadConverter } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';

/** Stands for a payload that nothing here can decode; it passes no validation. */
const UNDECODABLE = 'a payload that is not JSON';

/**
 * Temporal's own converter, but for one thing: what it cannot decode becomes a value. An argument
 * that throws while it is decoded would fail the workflow task again and again, and the run would
 * hang; as a value, it fails the run as `InvalidInput`, or the update with what is wrong.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  // Whoever asks names the type; what the value is, is checked where it is used.
  fromPayload: (payload) => decoded(payload) as never,
};

function decoded(payload: Payload): unknown {
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return UNDECODABLE;
  }
}
