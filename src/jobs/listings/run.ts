import { checkTargets } from './check-targets.js';
import { conclude } from './conclude.js';
import { shareScans } from './distributed/distributed-scans.js';
import { FindingsHistory } from './judge/findings-history.js';
import { reportUnusedEntries } from './judge/unused-entries.js';
import type { VerifyOptions, VerifyTarget } from './options.js';
import type { Sharing, VerifyOutcome, VerifyPorts } from './ports.js';
import { FailureLog, type RunContext } from './run-context.js';
import { type OpenTarget, openTarget } from './scan/open-target.js';
import { scanTarget } from './scan/scan-target.js';
import type { TargetResult } from './scanned-target.js';
import { nothingDone, verifyTarget } from './verify-target.js';

/**
 * Checks for every archive of every target whether its listing exists, in one pass over the keys and without a request
 * per object. Findings are emitted as they occur and staged in the ledger; the caller settles them with the outcome's
 * `completePrefixes`. A target that fails is added to the outcome's `failures` and does not affect the others.
 * @throws Failure with exit code 2 if the options are invalid
 */
export async function verifyListings(options: VerifyOptions, ports: VerifyPorts): Promise<VerifyOutcome> {
  checkTargets(options.targets);
  const failures = new FailureLog(ports);
  const history = await FindingsHistory.open(ports.findings, (lost) => failures.addThrown(lost, 'registry'));
  const run: RunContext = { ports, history, failures, progress: { keys: 0, pages: 0 } };
  noteLimits(options, run);
  const results =
    ports.sharing === undefined
      ? await verifyHere(options.targets, run)
      : await verifyShared(options.targets, ports.sharing, run);
  reportUnusedEntries(results, ports.emit);
  return conclude(results, options.settles ?? true, run);
}

/** One target after the other, so that findings are in order. */
async function verifyHere(targets: readonly VerifyTarget[], run: RunContext): Promise<TargetResult[]> {
  const results: TargetResult[] = [];
  for (const target of targets) {
    const open = run.ports.signal.aborted ? undefined : await openTarget(target, run);
    results.push(
      open === undefined ? nothingDone(target) : await verifyTarget(open, await scanTarget(open, run), run),
    );
  }
  return results;
}

/** All targets are listed at the same time by workers, and evaluated here. */
async function verifyShared(
  targets: readonly VerifyTarget[],
  sharing: Sharing,
  run: RunContext,
): Promise<TargetResult[]> {
  const opened: ({ open: OpenTarget; needs: unknown } | undefined)[] = [];
  for (const target of targets) opened.push(await openShared(target, sharing, run));
  const scans = await shareScans(
    opened.filter((open) => open !== undefined),
    sharing,
    run,
  );
  const results: TargetResult[] = [];
  for (const [index, target] of targets.entries()) {
    const [open, scan] = [opened[index]?.open, scans.get(target.url)];
    results.push(open && scan ? await verifyTarget(open, scan, run) : nothingDone(target));
  }
  return results;
}

/** Undefined if the store cannot be opened here: workers might list a different store. */
async function openShared(
  target: VerifyTarget,
  sharing: Sharing,
  run: RunContext,
): Promise<{ open: OpenTarget; needs: unknown } | undefined> {
  const open = await openTarget(target, run);
  try {
    return open && { open, needs: await sharing.needsOf(target) };
  } catch (error) {
    run.failures.addThrown(error, target.url);
    return undefined;
  }
}

function noteLimits({ targets }: VerifyOptions, { ports, history }: RunContext): void {
  if (history.hasHistory) return;
  const note = (message: string): void => ports.emit({ type: 'note', level: 'info', message });
  if (targets.some(({ graceMs }) => graceMs > 0)) {
    note(
      'without a registry, an archive within its grace period is pending in every run, not only in the first',
    );
  }
  if (targets.some(({ failOn }) => failOn === 'new')) {
    note('without a registry there is no baseline, so every violation counts as new');
  }
}
