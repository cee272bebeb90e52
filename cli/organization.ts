import { idSchema } from '../domain/contract/ids';
import { checked } from '../domain/contract/input';
import type { Environment } from '../domain/settings/environment';
import { shortQuote } from '../domain/text/printedText';
import { UsageError } from './usageError';

export const ORG_VARIABLE = 'VMC_ORG_ID';

/** The organization that `--org`, or else `VMC_ORG_ID`, names; null where neither does. */
export function organizationArgument(org: string | undefined, env: Environment): string | null {
  const orgId = namedOrganization(org, env);
  if (!orgId) return null;
  const parsed = checked(idSchema, orgId);
  if (parsed.ok) return parsed.value;
  throw new UsageError(
    parsed.problems.map((problem) => problem.replace('input', `--org ${shortQuote(orgId)}`)).join('; '),
  );
}

export function namedOrganization(org: string | undefined, env: Environment): string | undefined {
  return org ?? env[ORG_VARIABLE];
}
