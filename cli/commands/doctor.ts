import type { Command } from 'commander';
import type { Check, CheckResult } from '../doctor/check';
import { checkLine } from '../doctor/check';
import { organizationArgument } from '../organization';
import type { Invocation } from '../invocation';
import { readVmcSettings } from '../invocation';
import { EXIT_FAILED, EXIT_OK } from '../exitCodes';
import type { Output } from '../output/output';
import { printable } from '../../domain/text/printedText';
import type { CommonOptions } from '../session';
import { outputFor } from '../session';
import { HTTP_URL_VARIABLE } from '../doctor/httpCheck';
import { temporalChecks } from '../doctor/temporalChecks';
import { vmcChecks } from '../doctor/vmcChecks';
import { command, examples } from './common';

interface DoctorOptions extends CommonOptions {
  api?: boolean;
}

export function doctorCommand(invocation: Invocation): Command {
  return command('doctor', 'check whether cancellations can work here, and print a remedy for what fails')
    .option('--org <orgId>', 'the organization to check at the VMC API (default: VMC_ORG_ID)')
    .option('--api', 'check the VMC API even without credentials in this environment')
    .addHelpText(
      'after',
      examples('doctor', 'doctor --api --org 054f…', 'doctor --json | jq -r "select(.ok == false)"'),
    )
    .addHelpText('after', '\nExit codes:\n  0 no check failed   1 a check failed   2 usage')
    .action(async (options: DoctorOptions) => {
      const output = outputFor(invocation, options);
      const orgId = organizationArgument(options.org, invocation.environment);
      const temporalOk = await printAll(
        output,
        temporalChecks(invocation.temporalSettings, invocation.environment[HTTP_URL_VARIABLE]),
      );
      const vmcSettings = await readVmcSettings(invocation);
      const vmcOk = await printAll(output, vmcChecks(vmcSettings, { orgId, api: options.api === true }));
      invocation.exitCode = temporalOk && vmcOk ? EXIT_OK : EXIT_FAILED;
    });
}

/** Prints each as soon as it is known, and returns whether none failed. */
async function printAll(output: Output, checks: AsyncIterable<CheckResult>): Promise<boolean> {
  let ok = true;
  for await (const { cause, ...check } of checks) {
    const printed: Check = { ...check, message: output.redact(printable(check.message)) };
    output.print(printed, (colors) => checkLine(printed, colors));
    output.causes(cause);
    ok &&= check.ok !== false;
  }
  return ok;
}
