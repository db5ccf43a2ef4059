import { combineExitCodes, type ExitCode } from '../../core/failure.js';
import { type RunStatus, statusOfExit } from '../../core/outcome.js';
import { printableText } from '../../core/printable.js';
import type { GlobalOptions } from '../globals.js';
import { type Envelope, writeEnvelope } from '../terminal/envelope.js';
import { fitLines } from '../terminal/fit-lines.js';
import { failureText, writeStdout } from '../terminal/output.js';
import type { FailureList } from './failure-list.js';
import type { JobConsole } from './job-console.js';
import type { Executed, JobSpec, RunIdentity } from './spec.js';

export interface End {
  status: RunStatus;
  exitCode: ExitCode;
  finishedAt: Date;
}

export interface Result<Summary extends object> {
  spec: JobSpec<Summary>;
  flags: GlobalOptions;
  identity: RunIdentity;
  failures: FailureList;
  jobConsole: JobConsole;
  /** Undefined if the run never started. */
  end?: End;
  executed?: Executed<Summary> | undefined;
}

/** Prints the result on stdout and failures on stderr. Returns the exit code: 3 if the result could not be written. */
export async function printResult<Summary extends object>(result: Result<Summary>): Promise<ExitCode> {
  const { flags, failures, jobConsole } = result;
  jobConsole.clearProgress();
  await failures.attempt(async () => jobConsole.collector.close());
  for (const failure of failures.all) process.stderr.write(failureText(failure, flags.verbose === true));
  const told = failures.all.length;
  await failures.attempt(() =>
    flags.json ? writeEnvelope(resultEnvelope(result)) : writeStdout(resultText(result)),
  );
  for (const failure of failures.all.slice(told))
    process.stderr.write(failureText(failure, flags.verbose === true));
  return combineExitCodes([...failures.exitCodes, result.end?.exitCode ?? 0]);
}

function resultEnvelope<Summary extends object>(result: Result<Summary>): Envelope {
  const { spec, identity, executed, failures, jobConsole } = result;
  const exitCode = combineExitCodes([...failures.exitCodes, result.end?.exitCode ?? 0]);
  const error = failures.all[0] ?? executed?.failures?.[0];
  return {
    command: spec.command,
    ...identity,
    scope: spec.scope,
    finishedAt: result.end?.finishedAt ?? identity.startedAt,
    status: statusOfExit(exitCode, executed?.status === 'partial'),
    exitCode,
    summary: executed?.summary ?? {},
    findings: jobConsole.collector.kept,
    findingsTotal: jobConsole.collector.total,
    ...(error === undefined ? {} : { error }),
  };
}

function resultText<Summary extends object>(result: Result<Summary>): string {
  const { spec, identity, executed, end, jobConsole } = result;
  if (executed === undefined || end === undefined) return '';
  const { kept, total } = jobConsole.collector;
  const findings = kept.filter(({ message }) => !jobConsole.isOnTerminal(message));
  const text = spec.report(
    {
      runId: identity.runId,
      scope: spec.scope,
      outcome: { summary: executed.summary, status: end.status, exitCode: end.exitCode },
      findings,
      findingsTotal: total - (kept.length - findings.length),
      elapsedMs: end.finishedAt.getTime() - identity.startedAt.getTime(),
    },
    jobConsole.style,
  );
  return fitLines(printableText(text), jobConsole.style.columns);
}
