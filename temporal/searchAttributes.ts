import { setTimeout as sleep } from 'node:timers/promises';
import { temporal as proto } from '@temporalio/proto';
import { SECOND_MS } from '../domain/contract/duration';
import { missingSearchAttributes, SEARCH_ATTRIBUTE_NAMES } from '../domain/contract/names';
import type { TemporalConnection } from './connection';
import { TemporalRefusedError, TemporalUnreachableError } from './errors';
import { meansInvalidQuery, meansOperatorsOnly } from './grpcStatus';

export interface RegisteredSearchAttributes {
  registered: string[];
  present: string[];
}

/** What keeps the search attributes from being used, and what to do about it. */
export interface SearchAttributesLack {
  message: string;
  remedy: string;
}

const KEYWORD = proto.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
const USABLE_WITHIN_MS = 60 * SECOND_MS;
const BETWEEN_LOOKS_MS = 500;

/** Registers those of the four that are missing, and returns when all can be used. */
export async function registerSearchAttributes(temporal: TemporalConnection): Promise<RegisteredSearchAttributes> {
  const before = await registeredTypes(temporal);
  const lack = mistypedLack(before, temporal.namespace);
  if (lack !== null) throw new TemporalRefusedError(`${lack.message}. ${lack.remedy}`);
  const missing = missingSearchAttributes(Object.keys(before));
  if (missing.length > 0) await add(temporal, missing);
  await untilUsable(temporal);
  return { registered: missing, present: SEARCH_ATTRIBUTE_NAMES.filter((name) => name in before) };
}

/**
 * What keeps the search attributes from being used, or null where all can be. Where the server
 * keeps its list to itself, a query that needs all four decides.
 */
export async function searchAttributesLack(temporal: TemporalConnection): Promise<SearchAttributesLack | null> {
  try {
    return lackIn(await registeredTypes(temporal), temporal.namespace);
  } catch (error) {
    if (!meansOperatorsOnly(error)) throw error;
  }
  try {
    await countByAll(temporal);
    return null;
  } catch (error) {
    if (meansInvalidQuery(error))
      return missingLack(temporal.namespace, `at least one of ${SEARCH_ATTRIBUTE_NAMES.join(', ')}`);
    throw error;
  }
}

/** What is missing or of another type in the server's list of custom search attributes, or null. */
export function lackIn(registered: Readonly<Record<string, unknown>>, namespace: string): SearchAttributesLack | null {
  const missing = missingSearchAttributes(Object.keys(registered));
  return missing.length > 0 ? missingLack(namespace, missing.join(', ')) : mistypedLack(registered, namespace);
}

function missingLack(namespace: string, names: string): SearchAttributesLack {
  return {
    message: `search attributes are missing in the namespace "${namespace}": ${names}`,
    remedy: 'Register them with: vmc-cancel setup',
  };
}

function mistypedLack(registered: Readonly<Record<string, unknown>>, namespace: string): SearchAttributesLack | null {
  const mistyped = SEARCH_ATTRIBUTE_NAMES.filter((name) => name in registered && registered[name] !== KEYWORD);
  if (mistyped.length === 0) return null;
  return {
    message: `search attributes of the namespace "${namespace}" are not of type Keyword: ${mistyped.join(', ')}`,
    remedy: 'Remove them (temporal operator search-attribute remove), then run: vmc-cancel setup',
  };
}

async function registeredTypes(temporal: TemporalConnection): Promise<Record<string, unknown>> {
  const { operatorService } = temporal.client.connection;
  const { namespace } = temporal;
  const list = await permitted(temporal, () =>
    temporal.call(() => operatorService.listSearchAttributes({ namespace })),
  );
  return list.customAttributes;
}

async function add(temporal: TemporalConnection, names: readonly string[]): Promise<void> {
  const { operatorService } = temporal.client.connection;
  const searchAttributes = Object.fromEntries(names.map((name) => [name, KEYWORD]));
  const { namespace } = temporal;
  await permitted(temporal, () =>
    temporal.call(() => operatorService.addSearchAttributes({ namespace, searchAttributes })),
  );
}

async function permitted<T>(temporal: TemporalConnection, made: () => Promise<T>): Promise<T> {
  try {
    return await made();
  } catch (error) {
    if (!meansOperatorsOnly(error)) throw error;
    const add = SEARCH_ATTRIBUTE_NAMES.map((name) => `--sa "${name}=Keyword"`).join(' ');
    throw new TemporalRefusedError(
      `Temporal at ${temporal.address} does not let this client register search attributes. On Temporal Cloud, add them in the ` +
        `namespace's settings, or with: tcld namespace search-attributes add --namespace ${temporal.namespace} ${add}`,
      { cause: error },
    );
  }
}

/** A server's services learn of a new search attribute one by one: listed is not yet usable. */
async function untilUsable(temporal: TemporalConnection): Promise<void> {
  const giveUpAtMs = Date.now() + USABLE_WITHIN_MS;
  let reason: unknown = new Error('they are not listed');
  while (Date.now() < giveUpAtMs) {
    try {
      const missing = missingSearchAttributes(Object.keys(await registeredTypes(temporal)));
      if (missing.length === 0) {
        await countByAll(temporal);
        return;
      }
    } catch (error) {
      if (error instanceof TemporalUnreachableError) throw error;
      reason = error;
    }
    await sleep(BETWEEN_LOOKS_MS);
  }
  throw new TemporalRefusedError(
    `the search attributes are registered, but cannot be used yet: wait a minute, then run vmc-cancel setup again`,
    {
      cause: reason,
    },
  );
}

/** Is refused unless each of the four can be used. */
async function countByAll(temporal: TemporalConnection): Promise<void> {
  const { namespace } = temporal;
  const query = SEARCH_ATTRIBUTE_NAMES.map((name) => `${name} = 'none'`).join(' AND ');
  await temporal.call(() => temporal.client.workflowService.countWorkflowExecutions({ namespace, query }));
}
