import { combineExitCodes, type ExitCode, Failure } from '../../core/failure.js';
import { statusOfExit } from '../../core/outcome.js';
import { counted, number } from '../../core/pluralize.js';
import { StopRequest } from '../../core/stop.js';
import { resolvedCounts } from './judge/resolved.js';
import { decideThreshold } from './judge/threshold.js';
import type { VerifyOutcome } from './ports.js';
import { accountingProblems } from './report/accounting.js';
import type { PartitionSummary, TargetSummary, VerifySummary } from './report/summary.js';
import { Tally } from './report/tally.js';
import type { RunContext } from './run-context.js';
import type { PartitionResult, TargetResult } from './scanned-target.js';

/** Adds up the targets: the summary, the findings that may be settled, and the outcome of the run. */
export async function conclude(
  results: readonly TargetResult[],
  settles: boolean,
  run: RunContext,
): Promise<VerifyOutcome> {
  const wasStopped = run.ports.signal.aborted && results.some(({ complete }) => !complete);
  const completePrefixes = wasStopped || !settles ? [] : results.flatMap((result) => result.completePrefixes);
  const summary = await summarize(results, completePrefixes, run);
  for (const problem of bookkeeping(summary, results)) {
    run.failures.add({ code: 'run.accounting', subject: problem.where, message: problem.message });
  }
  if (wasStopped && run.ports.signal.reason instanceof Failure) {
    run.failures.addThrown(run.ports.signal.reason, 'registry');
  }
  const exitCode = combineExitCodes([
    ...(wasStopped ? [stopCode(run.ports.signal.reason)] : []),
    ...(run.failures.all.length > 0 ? [3 as const] : []),
    ...(summary.targets.some(({ exceeded, errors }) => exceeded || errors > 0) ? [1 as const] : []),
  ]);
  const failures = run.failures.all;
  summary.failures = failures.map((failure) => ({ ...failure, hint: failure.hint ?? null }));
  return { status: statusOfExit(exitCode), exitCode, summary, completePrefixes, failures };
}

/** A stop without a signal means that something the run needs has failed. */
function stopCode(reason: unknown): ExitCode {
  if (reason instanceof StopRequest) return reason.exitCode;
  return 3;
}

async function summarize(
  results: readonly TargetResult[],
  completePrefixes: readonly string[],
  run: RunContext,
): Promise<VerifySummary> {
  const total = new Tally();
  for (const result of results) total.add(result.total);
  const resolved = await resolvedCounts(results, completePrefixes, run.history);
  // Queried last: if the registry connection is lost during the query, there is no history either.
  const hasHistory = run.history.hasHistory;
  const partition = (target: TargetResult, result: PartitionResult): PartitionSummary => ({
    name: result.partition.name,
    url: target.target.partOf ?? target.target.url,
    prefix: result.url,
    state: !result.complete ? 'incomplete' : result.covered ? 'complete' : 'part',
    ...result.partition.tally.counts(
      hasHistory ? { resolved: resolved.byUrl?.get(result.url) ?? null } : undefined,
    ),
    series: result.partition.series.summary(),
  });
  return {
    ...total.counts(hasHistory ? { resolved: resolved.total } : undefined),
    threshold: results.reduce((sum, { target }) => sum + target.maxMissing, 0),
    list_requests: results.reduce((sum, { requests }) => sum + requests, 0),
    targets: results.map(targetSummary),
    partitions: results.flatMap((result) => {
      const vanished = new Set(result.vanished);
      const tallies = new Map(result.partitions.map(({ partition: { name, tally } }) => [name, tally]));
      return [
        ...result.partitions
          .filter((one) => !vanished.has(one.partition.name))
          .map((one) => partition(result, one)),
        ...result.vanished.map((name, index) =>
          vanishedPartition(
            { name, prefix: result.vanishedUrls[index] ?? '', tally: tallies.get(name) ?? new Tally() },
            result,
            hasHistory,
          ),
        ),
      ];
    }),
    failures: [],
  };
}

function targetSummary(result: TargetResult): TargetSummary {
  const { target, total } = result;
  const { counted, exceeded } = decideThreshold(total, target);
  return {
    url: target.url,
    ...(target.partOf === undefined ? {} : { part_of: target.partOf }),
    complete: result.complete,
    partition_depth: target.partitionDepth,
    archives_total: total.judged,
    violations: total.violations,
    counted,
    fail_on: target.failOn,
    threshold: target.maxMissing,
    exceeded,
    errors: result.errors,
    archive_errors: total.errors,
  };
}

/**
 * A vanished partition stays in the summary so that the next run still knows about it; other keys in it are counted.
 */
function vanishedPartition(
  { name, prefix, tally }: { name: string; prefix: string; tally: Tally },
  result: TargetResult,
  hasHistory: boolean,
): PartitionSummary {
  const counts = tally.counts(hasHistory ? { resolved: null } : undefined);
  return {
    name,
    url: result.target.partOf ?? result.target.url,
    prefix,
    state: 'vanished',
    ...counts,
    series: [],
  };
}

function bookkeeping(
  summary: VerifySummary,
  results: readonly TargetResult[],
): { where: string; message: string }[] {
  const listed = results.reduce((sum, { keysListed }) => sum + keysListed, 0);
  const unjudged = results.reduce((sum, { total }) => sum + total.unjudged, 0);
  const sums = [
    ...accountingProblems(summary).map((message) => ({ where: 'run', message })),
    ...summary.partitions.flatMap((one) =>
      accountingProblems(one).map((message) => ({ where: `${one.url}${one.name}`, message })),
    ),
  ];
  if (summary.keys_scanned + unjudged === listed) return sums;
  const message = `${counted(listed, 'key was', 'keys were')} listed, but ${number(summary.keys_scanned)} scanned and ${number(unjudged)} left undecided`;
  return [...sums, { where: 'run', message }];
}
