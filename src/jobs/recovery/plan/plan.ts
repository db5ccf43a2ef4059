import { type ExitCode, Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import { timeText } from '../../../core/iso-time.js';
import { deviceOf } from '../apply/check-destination.js';
import { candidatesOf, changedAcceptances, type Known } from '../evidence/assemble.js';
import type { Candidate } from '../evidence/candidate.js';
import { markContested } from '../evidence/contested.js';
import { decide } from '../evidence/decision.js';
import { type Expected, expectedOf } from '../evidence/expected.js';
import { NameMatcher } from '../evidence/matcher.js';
import { isExternalReference, unrecoverableRule } from '../evidence/rules.js';
import type { PlanOptions, PlanPorts } from '../options.js';
import { type RecoverySummary, summaryOf } from '../report/summary.js';
import { type Inventory, missingRows } from './missing-rows.js';
import { PLAN_VERSION, type PlanDocument } from './plan-document.js';
import { planRows } from './plan-rows.js';
import { type Judged, readAhead, toBeRead } from './read-ahead.js';
import { type Found, searchSources } from './search.js';

export interface Planned {
  plan: PlanDocument;
  summary: RecoverySummary;
  /** 3 when a source failed. */
  exitCode: ExitCode;
}

/**
 * Inventories, searches and decides; writes nothing but contents into the cache.
 * @throws Failure `root.unavailable`, `artifacts.none` before any row is called missing
 */
export async function planRecovery(options: PlanOptions, ports: PlanPorts): Promise<Planned> {
  await ports.files.checkRoots();
  const types = Object.keys(options.types);
  const inventory = await missingRows(ports.reader, ports.files, types, {
    retryUnrecoverable: options.retryUnrecoverable,
    signal: ports.signal,
  });
  requireRows(inventory, types);
  ports.emit({ type: 'examined', subjects: inventory.rows.map(({ id }) => id) });
  for (const finding of inventory.findings) ports.emit({ type: 'finding', finding });
  const expected = expectedOfAll(inventory, options);
  const matcher = new NameMatcher([...expected.values()]);
  const found = await searchSources(inventory.rows, matcher, ports);
  const known = await gather(inventory, matcher, found, options, ports);
  const first = judge(known, expected, found, options);
  const ahead = await readAhead(toBeRead(first), found.read, ports);
  const judged =
    ahead.archivesRead.length > 0 ? judge(await withOwners(known, ports), expected, found, options) : first;
  tellChanged(known, judged, ports);
  const { rows, findings } = await planRows(
    { judged, expected, matcher, found, inventory, options, decisions: known.decisions },
    ports,
  );
  for (const finding of findings) ports.emit({ type: 'finding', finding });
  const plan: PlanDocument = {
    version: PLAN_VERSION,
    plan_id: options.planId,
    registry: ports.reader.identity,
    created_at: timeText(ports.clock.now()),
    types,
    archives: options.archives,
    destination: options.destination,
    destination_device: await deviceOf(options.destination),
    totals: inventory.totals,
    sources: found.reports.map(({ source, kind, state, scope, files, errors }) => ({
      source,
      kind,
      state,
      scope,
      files,
      errors: [...errors],
    })),
    rows,
  };
  const summary = summaryOf(plan, {
    archivesSearched: found.reports.reduce((sum, one) => sum + one.archivesSearched, 0),
    archivesStreamed:
      found.reports.reduce((sum, one) => sum + one.archivesStreamed, 0) + ahead.archivesRead.length,
    bytesFetched: found.reports.reduce((sum, one) => sum + one.bytesFetched, 0) + ahead.bytesFetched,
  });
  const failed = found.reports.some((one) => one.state === 'failed');
  // Rows that got no turn are in no other number of the plan.
  const leftAlone = inventory.findings.some((finding) => finding.severity === 'error');
  return { plan, summary, exitCode: failed ? 3 : leftAlone ? 1 : 0 };
}

/** A type that is misspelt has no rows, and "nothing is missing" would be true of it. */
function requireRows({ totals }: Inventory, types: readonly string[]): void {
  if (Object.values(totals).some(({ rows }) => rows > 0)) return;
  throw new Failure('artifacts.none', `the registry has no row of the type ${types.join(' or ')}`, {
    hint: 'see --type, recovery.types, registry.table and registry.columns.type',
  });
}

function expectedOfAll(inventory: Inventory, options: PlanOptions): Map<string, Expected> {
  return new Map(
    inventory.rows.map((row) => {
      const rule = options.types[row.artifactType] ?? {
        directories: [],
        extensions: [],
        nameKeys: [],
        unrecoverable: [],
      };
      return [row.id, expectedOf(row, rule)];
    }),
  );
}

async function gather(
  inventory: Inventory,
  matcher: NameMatcher,
  found: Found,
  options: PlanOptions,
  ports: PlanPorts,
): Promise<Known> {
  const ids = inventory.rows.map((row) => row.id);
  const known: Known = {
    rows: new Map(inventory.rows.map((row) => [row.id, row])),
    matcher,
    hits: found.hits,
    read: found.read,
    owners: [],
    decisions: await ports.reader.decisions(ids),
    genericNames: options.genericNames,
    reviewOnly: new Set(
      ports.sources.filter((source) => source.trust === 'review').map((source) => source.name),
    ),
    allowUnverified: options.allowUnverified,
  };
  return withOwners(known, ports);
}

/** Whose the paths and contents are already, as far as contents are known by now. */
async function withOwners(known: Known, ports: PlanPorts): Promise<Known> {
  const hits = [...known.hits.entries()];
  const paths = new Set(hits.flatMap(([, hit]) => hit.paths));
  const digests = new Set(hits.flatMap(([cid, hit]) => hit.sha256 ?? known.read.get(cid)?.sha256 ?? []));
  return {
    ...known,
    owners: await ports.reader.owners(
      [...paths].filter((path) => !path.includes('\0')),
      [...digests],
    ),
  };
}

function judge(
  known: Known,
  expected: ReadonlyMap<string, Expected>,
  found: Found,
  options: PlanOptions,
): Judged[] {
  const byRow: Map<string, Candidate[]> = markContested(candidatesOf(known), known.owners);
  const failed = found.reports.some((report) => report.state === 'failed');
  const searchedAll =
    options.archives === 'all' && found.reports.every((report) => report.state === 'complete');
  return [...known.rows.values()].map((row) => {
    const candidates = byRow.get(row.id) ?? [];
    const own = expected.get(row.id);
    const searchable = (own?.basenames.length ?? 0) > 0 || row.trustedDigests.length > 0;
    const rule = options.types[row.artifactType];
    const reason = searchedAll && rule !== undefined ? unrecoverableRule(row, rule)?.reason : undefined;
    const decision = decide({
      candidates,
      sourceFailed: failed && searchable,
      external: own !== undefined && isExternalReference(row, own),
      ...(reason === undefined ? {} : { unrecoverable: reason }),
      ...(row.blocked === undefined ? {} : { blocked: row.blocked }),
    });
    return { row, candidates, decision };
  });
}

function tellChanged(known: Known, judged: readonly Judged[], ports: PlanPorts): void {
  const byRow = new Map(judged.map(({ row, candidates }) => [row.id, candidates]));
  for (const { id, cid } of changedAcceptances(known.decisions, byRow)) {
    const finding: Finding = {
      code: 'candidate.changed',
      severity: 'warning',
      subject: id,
      message: `the accepted candidate ${cid} is not there any more, or is not what it was`,
    };
    ports.emit({ type: 'finding', finding });
  }
}
