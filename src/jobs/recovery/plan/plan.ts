import { type ExitCode, Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import { timeText } from '../../../core/iso-time.js';
import type { Owner, PersonDecision } from '../../../registry/recovery/recovery-port.js';
import { deviceOf } from '../apply/check-destination.js';
import { candidatesOf, type Known } from '../evidence/assemble.js';
import type { Candidate } from '../evidence/candidate.js';
import { markContested, ownerPaths } from '../evidence/contested.js';
import { decideRecovery } from '../evidence/decision.js';
import { type Expected, expectedOf } from '../evidence/expected.js';
import { NameMatcher, TIERS } from '../evidence/matcher.js';
import { personOf } from '../evidence/person.js';
import { isExternalReference, ruleOf, unrecoverableRule } from '../evidence/rules.js';
import type { PlanOptions, PlanPorts } from '../options.js';
import { type RecoverySummary, summaryOf } from '../report/summary.js';
import type { Hit } from '../source-port.js';
import { computeDigests, toBeCompared } from './compare-digests.js';
import { type Inventory, missingRows } from './missing-rows.js';
import { PLAN_VERSION, type PlanHead, type PlanRow } from './plan-document.js';
import { planRows } from './plan-rows.js';
import { type Judged, readAhead, toBeRead } from './read-ahead.js';
import { recallAll } from './remembered-reads.js';
import type { MissingRow } from './row.js';
import { type Found, searchSources } from './search.js';
import { entryOf, type PlanEntry } from './stored-plan.js';

export interface Planned {
  summary: RecoverySummary;
  /** 3 if a source failed. */
  exitCode: ExitCode;
}

/** Receives the plan row by row; rows are not kept. */
type WritePlan = (head: PlanHead, rows: AsyncIterable<PlanRow>) => Promise<void>;

/**
 * Takes the inventory, searches, and decides. Writes only the plan and the content cache.
 * @throws Failure `root.unavailable`, `artifacts.none`, before any row is reported as missing
 */
export async function planRecovery(
  options: PlanOptions,
  ports: PlanPorts,
  write: WritePlan,
): Promise<Planned> {
  await ports.files.checkRoots();
  const types = Object.keys(options.types);
  const inventory = await missingRows(ports.reader, ports.files, types, {
    retryUnrecoverable: options.retryUnrecoverable,
    destination: options.destination,
    artifacts: ports.artifacts,
    signal: ports.signal,
  });
  requireRows(inventory, types);
  ports.emit({ type: 'examined', subjects: inventory.rows.map(({ id }) => id) });
  for (const finding of inventory.findings) ports.emit({ type: 'finding', finding });
  const expected = expectedOfAll(inventory, options);
  const matcher = new NameMatcher(expected.values());
  const decisions = await ports.reader.decisions(inventory.rows.map((row) => row.id));
  const decided = new Set(decisions.flatMap((one) => one.cid ?? []));
  const found = await searchSources(inventory.rows, matcher, decided, ports);
  const known = knownOf({ inventory, expected, matcher, found, decisions }, options, ports);
  const { judged, ahead } = await decideAndRead(known, found, options, ports);
  reportChanged(judged, known, ports);
  const head = await headOf(inventory, found, options, ports);
  const entries: PlanEntry[] = [];
  await write(
    head,
    withEntries(
      planRows(judged, { expected, matcher, found, inventory, options, decisions }, ports),
      entries,
    ),
  );
  const summary = summaryOf(
    { head, entries },
    {
      archivesSearched: found.reports.reduce((sum, one) => sum + one.archivesSearched, 0),
      archivesStreamed:
        found.reports.reduce((sum, one) => sum + one.archivesStreamed, 0) + ahead.archivesRead,
      bytesFetched: found.reports.reduce((sum, one) => sum + one.bytesFetched, 0) + ahead.bytesFetched,
    },
  );
  const failed = found.reports.some((one) => one.state === 'failed');
  // Rows that were not reached are in no other count of the plan.
  const leftAlone = inventory.findings.some((finding) => finding.severity === 'error');
  return { summary, exitCode: failed ? 3 : leftAlone ? 1 : 0 };
}

/** Everything in the plan except its rows. */
async function headOf(
  inventory: Inventory,
  found: Found,
  options: PlanOptions,
  ports: PlanPorts,
): Promise<PlanHead> {
  return {
    version: PLAN_VERSION,
    plan_id: options.planId,
    registry: ports.reader.identity,
    created_at: timeText(ports.clock.now()),
    types: Object.keys(options.types),
    archives: options.archives,
    destination: options.destination,
    destination_device: await deviceOf(options.destination),
    totals: inventory.totals,
    sources: found.reports.map(({ source, kind, state, scope, files, errors }) => ({
      ...{ source, kind, state, scope, files },
      errors: [...errors],
    })),
    earlier: inventory.earlier,
  };
}

/** Passes the rows on and records an entry for each. */
async function* withEntries(rows: AsyncIterable<PlanRow>, entries: PlanEntry[]): AsyncGenerator<PlanRow> {
  for await (const row of rows) {
    entries.push(entryOf(row));
    yield row;
  }
}

/** A misspelled type has no rows, so the plan would wrongly report that nothing is missing. */
function requireRows({ totals }: Inventory, types: readonly string[]): void {
  if (Object.values(totals).some(({ rows }) => rows > 0)) return;
  throw new Failure('artifacts.none', `the registry has no rows of type ${types.join(' or ')}`, {
    hint: 'check --type, recovery.types, registry.table, and registry.columns.type',
  });
}

function expectedOfAll(inventory: Inventory, options: PlanOptions): Map<string, Expected> {
  return new Map(inventory.rows.map((row) => [row.id, expectedOf(row, ruleOf(row, options.types))]));
}

/** The missing rows, their expected names, what was found, and people's decisions. */
interface SearchResult {
  inventory: Inventory;
  expected: ReadonlyMap<string, Expected>;
  matcher: NameMatcher;
  found: Found;
  decisions: readonly PersonDecision[];
}

function knownOf(
  { inventory, expected, matcher, found, decisions }: SearchResult,
  options: PlanOptions,
  ports: PlanPorts,
): Known {
  const { hits, hints, read, failed, digests } = found;
  const standingFor = digestsOfStandIns(hits.values());
  return {
    rows: new Map(inventory.rows.map((row) => [row.id, withStandIn(row, standingFor)])),
    expected,
    matcher,
    hits,
    hints,
    read,
    failed,
    digests,
    decisions,
    genericNames: options.genericNames,
    reviewOnly: new Set(
      ports.sources.filter((source) => source.trust === 'review').map((source) => source.name),
    ),
    allowUnverified: options.allowUnverified,
  };
}

/** A content that was found by the key of a row's stand-in and verified against it counts like a matching digest. */
function withStandIn(row: MissingRow, digests: ReadonlyMap<string, ReadonlySet<string>>): MissingRow {
  const found = row.standIn?.key === undefined ? undefined : digests.get(row.standIn.key);
  if (found === undefined) return row;
  const stated = [...found].map((sha256) => ({ sha256, from: 'stand-in' as const }));
  return { ...row, trustedDigests: [...row.trustedDigests, ...stated] };
}

/** The digests of contents that were found by the key of a stand-in. */
function digestsOfStandIns(hits: Iterable<Hit>): Map<string, Set<string>> {
  const digests = new Map<string, Set<string>>();
  for (const { standsFor, sha256 } of hits) {
    if (standsFor === undefined || sha256 === undefined) continue;
    digests.set(standsFor, (digests.get(standsFor) ?? new Set()).add(sha256));
  }
  return digests;
}

/** Reading can make further reads necessary: for example, of the next copy when an archive lacks a listed member. */
const MAX_ROUNDS = 4;

async function decideAndRead(
  known: Known,
  found: Found,
  options: PlanOptions,
  ports: PlanPorts,
): Promise<{ judged: Judged[]; ahead: { bytesFetched: number; archivesRead: number } }> {
  recallAll(found, ports);
  let judged = await decideAll(known, found, options, ports);
  const archives = new Set<string>();
  let bytesFetched = 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const wanted = toBeRead(judged, toBeCompared(judged)).filter(
      (one) => !found.read.has(one.cid) && !found.failed.has(one.cid),
    );
    const before = learned(found);
    const steps = [await readAhead(wanted, found, ports), await computeDigests(judged, found, ports)];
    for (const step of steps) {
      bytesFetched += step.bytesFetched;
      for (const url of step.archivesRead) archives.add(url);
    }
    if (learned(found) === before) break;
    // Free the previous decisions: they are obsolete, and as large as the next ones.
    judged = [];
    judged = await decideAll(known, found, options, ports);
  }
  return { judged, ahead: { bytesFetched, archivesRead: archives.size } };
}

/** How much is known by reading: while it does not grow, nothing would be decided otherwise. */
function learned({ read, failed, digests }: Found): number {
  return read.size + failed.size + digests.size;
}

async function decideAll(
  known: Known,
  found: Found,
  options: PlanOptions,
  ports: PlanPorts,
): Promise<Judged[]> {
  const all = candidatesOf(known);
  const shown = new Map([...all].map(([id, one]) => [id, [...one.candidates, ...one.hints]]));
  const marked: Map<string, Candidate[]> = markContested(shown, await ownersOf(shown, ports));
  const person = personOf(known.decisions);
  const failed = found.reports.some((report) => report.state === 'failed');
  const searchedAll =
    options.archives === 'all' && found.reports.every((report) => report.state === 'complete');
  return [...known.rows.values()].map((row) => {
    const own = all.get(row.id);
    const both = marked.get(row.id) ?? [];
    const candidates = both.slice(0, own?.candidates.length ?? 0);
    // A content that belongs to another artifact, is empty, or is an error page is not a hint for this row.
    const hints = both
      .slice(candidates.length)
      .filter((one) => one.contested === undefined && one.check !== 'fail');
    const lost = both.length - candidates.length - hints.length;
    const expected = known.expected.get(row.id);
    const searchable = (expected?.basenames.length ?? 0) > 0 || row.trustedDigests.length > 0;
    const reason = searchedAll ? unrecoverableRule(row, ruleOf(row, options.types))?.reason : undefined;
    const accepted = person.acceptedFor(row.id);
    const decision = decideRecovery({
      candidates,
      hints,
      hintContents: Math.max(0, (own?.hintContents ?? 0) - lost),
      acceptedIsGone: accepted !== undefined && !candidates.some((one) => one.cid === accepted),
      sourceFailed: failed && searchable,
      external: expected !== undefined && isExternalReference(row, expected),
      ...(reason === undefined ? {} : { unrecoverable: reason }),
      ...(row.blocked === undefined ? {} : { blocked: row.blocked }),
    });
    return { row, candidates, hints, places: own?.places ?? 0, hintPlaces: own?.hintPlaces ?? 0, decision };
  });
}

/** Paths and digests per query: in total there are more of them than candidates. */
const OWNERS_AT_ONCE = 50_000;

/** The current owners of paths and contents, for the strongest candidates only: no others can be bound. */
async function ownersOf(
  shown: ReadonlyMap<string, readonly Candidate[]>,
  ports: PlanPorts,
): Promise<Owner[]> {
  let paths = new Set<string>();
  const digests = new Set<string>();
  const owners: Owner[] = [];
  for (const candidates of shown.values()) {
    const tier = TIERS.find((name) => candidates.some((one) => one.tier === name));
    for (const one of candidates) {
      if (one.tier !== tier && one.tier !== 'similar') continue;
      for (const path of ownerPaths(one)) paths.add(path);
      if (one.sha256 !== undefined) digests.add(one.sha256);
    }
    if (paths.size < OWNERS_AT_ONCE) continue;
    for (const one of await ports.reader.owners([...paths], [])) owners.push(one);
    paths = new Set();
  }
  for (const one of await ports.reader.owners([...paths], [...digests])) owners.push(one);
  return owners;
}

function reportChanged(judged: readonly Judged[], known: Known, ports: PlanPorts): void {
  const person = personOf(known.decisions);
  for (const { row, decision } of judged) {
    if (decision.rule !== '2-changed') continue;
    const cid = person.acceptedFor(row.id) ?? '';
    const finding: Finding = {
      code: 'candidate.changed',
      severity: 'warning',
      subject: row.id,
      message: `the accepted candidate ${cid} is gone or has changed: withdraw the decision or accept another`,
    };
    ports.emit({ type: 'finding', finding });
  }
}
