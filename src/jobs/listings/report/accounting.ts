import type { Counts } from './summary.js';

/** Checks the sums that must hold for every run. Returns one message per sum that does not; empty if all hold. */
export function accountingProblems(counts: Counts): string[] {
  const statuses = counts.present + counts.missing + counts.too_small + counts.pending + counts.exempt;
  const keys =
    counts.archives_total +
    counts.listings +
    counts.indexes +
    counts.unrecognised +
    counts.other +
    counts.canaries;
  const exempt = counts.exempt_by_cutoff + counts.exempt_by_allowlist;
  return [
    differ('archives_total', counts.archives_total, 'their statuses', statuses),
    differ('keys_scanned', counts.keys_scanned, 'the kinds of keys', keys),
    differ('exempt', counts.exempt, 'the reasons', exempt),
  ].filter((problem) => problem !== undefined);
}

function differ(name: string, value: number, what: string, sum: number): string | undefined {
  return value === sum ? undefined : `${name} is ${value}, but ${what} add up to ${sum}`;
}
