import type { Command } from 'commander';
import type { Check, CheckResult } from '../doctor/check';
import { checkLine } from '../doctor/check';
import { organizationArgument } from '../organization';
import type { Invocation } from '../invocation';
import { EXIT_FAILED, EXIT_OK } from '../exitCodes';
import type { Output } from '../output/output';
import { plainText } from '../../domain/text/printedText';
import type { CommonOptions } from '../session';
import { outputFor } from '../session';
import { temporalChecks } from '../doctor/temporalChecks';
import { vmcChecks } from '../doctor/vmcChecks';
import { command, examples } from './common';

interface DoctorOptions extends CommonOptions {
  api?: boolean;
}

export function doctorCommand(invocation: Invocation): Command {
  return command('doctor', 'look whether all that cancellations need is there, and tell what to do about what is not')
    .option('--org <orgId>', 'the organisation to ask the VMC API about (default: VMC_ORG_ID)')
    .option('--api', 'look at the VMC API even if there are no credentials for it here')
    .addHelpText(
      'after',
      examples('doctor', 'doctor --api --org 054f…', 'doctor --json | jq -r "select(.ok == false)"'),
    )
    .addHelpText('after', '\nExit codes:\n  0 nothing that was looked at is wrong   1 something is   2 usage')
    .action(async (options: DoctorOptions) => {
      const output = outputFor(invocation, options);
      const orgId = organizationArgument(options.org, invocation.environment);
      const temporalOk = await tellAll(output, temporalChecks(invocation.temporalSettings));
      const vmcOk = await tellAll(output, vmcChecks(invocation.environment, { orgId, api: options.api === true }));
      invocation.exitCode = temporalOk && vmcOk ? EXIT_OK : EXIT_FAILED;
    });
}

/** Tells each as soon as it is known, and gives whether none failed. */
async function tellAll(output: Output, checks: AsyncIterable<CheckResult>): Promise<boolean> {
  let ok = true;
  for await (const { cause, ...check } of checks) {
    const told: Check = { ...check, message: output.redact(plainText(check.message)) };
    output.tell(told, (colors) => checkLine(told, colors));
    output.causes(cause);
    ok &&= check.ok !== false;
  }
  return ok;
}
