import type { Span } from '../model/evidence';

/** What any of them covers, in order and without overlaps. */
export function union(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const last = merged.at(-1);
    if (last === undefined || span.fromMs > last.toMs) merged.push({ ...span });
    else last.toMs = Math.max(last.toMs, span.toMs);
  }
  return merged;
}

/** What all of them cover. */
export function intersection(groups: readonly (readonly Span[])[]): Span[] {
  const [first = [], ...others] = groups;
  return others.reduce<readonly Span[]>(
    (common, spans) =>
      common.flatMap((one) =>
        spans.flatMap((other) => {
          const both = { fromMs: Math.max(one.fromMs, other.fromMs), toMs: Math.min(one.toMs, other.toMs) };
          return both.fromMs < both.toMs ? [both] : [];
        }),
      ),
    first,
  ) as Span[];
}
