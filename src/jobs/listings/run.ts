import { checkTargets } from './check-targets.js';
import { conclude } from './conclude.js';
import { LedgerDesk } from './ledger-desk.js';
import type { VerifyOptions } from './options.js';
import type { VerifyOutcome, VerifyPorts } from './ports.js';
import { FailureLog, type RunContext } from './run-context.js';
import { tellUnusedEntries } from './unused-entries.js';
import { nothingDone, type TargetResult, verifyTarget } from './verify-target.js';

/**
 * Answers for every archive of every target whether its listing is there, in one pass over the keys and no request
 * per object. Findings are emitted as they come and staged in the ledger; the caller settles them by the outcome's
 * `completePrefixes`. A target that fails is in the outcome's `failures` and does not keep the others from theirs.
 * @throws Failure with exit code 2 when the options can't be used
 */
export async function verifyListings(options: VerifyOptions, ports: VerifyPorts): Promise<VerifyOutcome> {
  checkTargets(options.targets);
  const failures = new FailureLog(ports);
  const desk = await LedgerDesk.open(ports.findings, (lost) => failures.addThrown(lost, 'registry'));
  const run: RunContext = { ports, desk, failures, progress: { keys: 0, pages: 0 } };
  noteLimits(options, run);
  const results: TargetResult[] = [];
  for (const target of options.targets) {
    results.push(ports.signal.aborted ? nothingDone(target) : await verifyTarget(target, run));
  }
  tellUnusedEntries(results, ports.emit);
  return conclude(results, run);
}

function noteLimits({ targets }: VerifyOptions, { ports, desk }: RunContext): void {
  if (desk.hasHistory) return;
  const note = (message: string): void => ports.emit({ type: 'note', level: 'info', message });
  if (targets.some(({ graceMs }) => graceMs > 0)) {
    note(
      'without a registry an archive younger than the grace is pending in every run, not only in the first',
    );
  }
  if (targets.some(({ failOn }) => failOn === 'new')) {
    note('without a registry there is no baseline: every violation is new');
  }
}
