import { dirname, join, resolve } from 'node:path';
import { type ExitCode, usageFailure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import { printable } from '../../core/printable.js';
import { ContentCache } from '../../jobs/recovery/plan/content-cache.js';
import type { PlanCandidate, PlanRow } from '../../jobs/recovery/plan/plan-document.js';
import { DEFAULT_PLAN, rowOfPlan, withPlanForReading } from '../../jobs/recovery/plan/plan-file.js';
import { bindObstacle } from '../../jobs/recovery/review/bind-obstacle.js';
import { contentLines, differenceLines } from '../../jobs/recovery/review/content-text.js';
import { type Preview, previewOf } from '../../jobs/recovery/review/preview.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import type { GlobalOptions } from '../globals.js';
import { printAnswer } from '../terminal/command-result.js';
import type { Style } from '../terminal/style.js';
import { storeSettings } from '../wiring/stores.js';
import type { ReviewContentFlags } from './flags.js';
import { recoverySettings, recoverySources } from './recovery-settings.js';

/** Enough to recognize a file by. */
const SHOWN_BYTES = 64 * 1024;
/** Enough to see where two versions differ. */
const COMPARED_BYTES = 1024 * 1024;
const MAX_SHOWN = 5;

/** `salvor recovery review show ID [--content [--candidate CID]]`. */
export async function showReview(input: CommandInput<ReviewContentFlags>): Promise<ExitCode> {
  const { flags, args } = input;
  const row = await rowOf(flags, args[0] ?? '');
  const all = shownCandidates(row);
  const chosen = flags.candidate === undefined ? all : [candidateOf(row, flags.candidate)];
  const read =
    flags.content === true ? await contents(flags, chosen.slice(0, MAX_SHOWN), SHOWN_BYTES) : new Map();
  return printAnswer(input, {
    summary: {
      row,
      obstacle: bindObstacle(row) ?? null,
      contents: Object.fromEntries([...read].map(([cid, one]) => [cid, contentJson(one)])),
    },
    isVerbatim: flags.content === true,
    text: (style) => rowText(row, chosen, read, style),
  });
}

/** `salvor recovery review diff ID CID CID`. */
export async function diffReview(input: CommandInput<ReviewContentFlags>): Promise<ExitCode> {
  const { flags, args } = input;
  const row = await rowOf(flags, args[0] ?? '');
  const pair = [candidateOf(row, args[1] ?? ''), candidateOf(row, args[2] ?? '')] as const;
  const read = await contents(flags, pair, COMPARED_BYTES);
  const [one, other] = pair.map(({ cid }) => read.get(cid));
  const lines =
    one === undefined || other === undefined
      ? ['Both candidates are the same file.']
      : 'problem' in one
        ? [`${pair[0].cid}: ${one.problem}`]
        : 'problem' in other
          ? [`${pair[1].cid}: ${other.problem}`]
          : differenceLines(one, other);
  const exitCode = [one, other].some((part) => part !== undefined && 'problem' in part) ? 3 : 0;
  return printAnswer(input, {
    summary: { id: row.id, candidates: pair.map(({ cid }) => cid), difference: lines },
    exitCode,
    isVerbatim: true,
    text: () => [...pair.map((one, i) => `${'-+'[i]} ${factsOf(one)}`), ...lines, ''].join('\n'),
  });
}

type Read = Preview | { problem: string };

async function contents(
  flags: ReviewContentFlags & GlobalOptions,
  candidates: readonly PlanCandidate[],
  limitBytes: number,
): Promise<Map<string, Read>> {
  const { config } = loadConfig(flags.config);
  const settings = recoverySettings(flags, config);
  const planFile = resolve(flags.plan ?? DEFAULT_PLAN);
  const ports = {
    sources: recoverySources(config, settings, flags, storeSettings(flags, config.s3)),
    cache: new ContentCache(join(dirname(planFile), 'cache'), 0),
  };
  const read = new Map<string, Read>();
  for (const one of candidates) read.set(one.cid, await previewOf(one, limitBytes, ports));
  return read;
}

async function rowOf(flags: ReviewContentFlags, id: string): Promise<PlanRow> {
  const row = await withPlanForReading(flags.plan ?? DEFAULT_PLAN, (plan) => rowOfPlan(plan, id));
  if (row !== undefined) return row;
  throw usageFailure(
    'review.unknown',
    `the plan has no row ${JSON.stringify(id)}`,
    '`salvor recovery review` lists rows',
  );
}

/** The candidates of a row, including those that only have a similar name. */
export function shownCandidates(row: PlanRow): PlanCandidate[] {
  return [...row.candidates, ...(row.similar ?? [])];
}

function candidateOf(row: PlanRow, cid: string): PlanCandidate {
  const candidate = shownCandidates(row).find((one) => one.cid === cid);
  if (candidate !== undefined) return candidate;
  throw usageFailure('review.unknown', `${row.id} has no candidate ${JSON.stringify(cid)} in this plan`);
}

/** The facts that distinguish candidates: id, place, size, time, digest. */
export function factsOf(one: PlanCandidate): string {
  const size = one.size_bytes === null ? 'size unknown' : counted(one.size_bytes, 'byte');
  const digest = one.sha256 === null ? [] : [`SHA-256 ${one.sha256}`];
  return printable(
    [one.cid, one.path, size, ...(one.mtime === null ? [] : [one.mtime]), ...digest].join('  '),
  );
}

function contentJson(read: Read): object {
  return 'problem' in read ? read : { lines: contentLines(read), whole: read.isWhole };
}

function rowText(
  row: PlanRow,
  candidates: readonly PlanCandidate[],
  read: ReadonlyMap<string, Read>,
  style: Style,
): string {
  const obstacle = bindObstacle(row);
  const parts = candidates.flatMap((one) => {
    const content = read.get(one.cid);
    const lines =
      content === undefined ? [] : 'problem' in content ? [content.problem] : contentLines(content);
    return [
      style.bold(factsOf(one)),
      ...(one.rejected === null ? [] : [`    ruled out: ${printable(one.rejected)}`]),
      ...one.evidence.map((statement) => style.dim(`    ${printable(statement)}`)),
      ...lines.map((line) => `    | ${line}`),
    ];
  });
  return [
    `${style.bold(printable(row.id))}  ${printable(row.title ?? '')}`,
    printable(`${row.artifact_type}, expected ${row.expected.join(', ') || 'nothing'}`),
    printable(row.explanation),
    ...(obstacle === undefined ? [] : [printable(obstacle)]),
    '',
    ...parts,
    '',
  ].join('\n');
}
