import { basename } from 'node:path';
import type { Finding } from '../../../core/finding.js';
import type { PersonDecision, Reference, UndoneBind } from '../../../registry/recovery/recovery-port.js';
import { type Destination, destinationOf } from '../apply/destination.js';
import type { Candidate } from '../evidence/candidate.js';
import { preference } from '../evidence/decision.js';
import type { Expected } from '../evidence/expected.js';
import { evidenceOf, explain, placeOf } from '../evidence/explain.js';
import type { NameMatcher } from '../evidence/matcher.js';
import { ruleOf, unrecoverableRule } from '../evidence/rules.js';
import { shortPrintable } from '../evidence/short-printable.js';
import type { PlanOptions, PlanPorts } from '../options.js';
import { failureMode } from '../report/failure-mode.js';
import { basisOf } from './basis.js';
import type { Inventory } from './missing-rows.js';
import { byArtifact, undoneBinds, withStandIn, withUndoneBind } from './plan-conditions.js';
import type { PlanCandidate, PlanRow } from './plan-document.js';
import type { Judged } from './read-ahead.js';
import { type Afterthoughts, goneDirectories, olderPlaces, residueOf } from './residue.js';
import type { Found } from './search.js';

interface RowContext {
  expected: ReadonlyMap<string, Expected>;
  matcher: NameMatcher;
  found: Found;
  inventory: Inventory;
  options: PlanOptions;
  decisions: readonly PersonDecision[];
}

/** At most this much text of candidates per row: nobody reviews a thousand. */
const MAX_CANDIDATES_LENGTH = 12_000;
/** At most this much text of candidates and hints together. */
const MAX_SHOWN_LENGTH = 16_000;
/** At most this much text of expected names, and of a title: they are only displayed. */
const MAX_EXPECTED_LENGTH = 1000;
const MAX_TITLE_LENGTH = 500;
/** Longer lists of candidate paths are omitted: only searching needs them. */
const MAX_PATHS_LENGTH = 1000;
/** At most this many reasons or places in a sentence. */
const MAX_NAMED = 5;

/**
 * Creates the rows of the plan one by one, and reports problems with their destinations. Removes each decision from its
 * list, so that the candidates of all rows and the finished rows are never in memory together.
 */
export async function* planRows(
  judged: Judged[],
  context: RowContext,
  ports: PlanPorts,
): AsyncGenerator<PlanRow> {
  const { options } = context;
  const decisions = byArtifact(context.decisions);
  const without = judged.flatMap((one) => (isWithoutFile(one.decision.status) ? [one.row] : []));
  const thoughts = {
    references: await lastReferences(options, ports),
    older: await olderPlaces(without, context.expected, options, ports),
    goneDirectories: await goneDirectories(without),
  };
  const claims = await claimsOf(judged, { ...context, byArtifact: decisions }, ports);
  judged.reverse();
  for (let one = judged.pop(); one !== undefined; one = judged.pop()) {
    const row = planRow(one, context, { thoughts, decisions }, ports);
    const undone = claims.undone.get(row.id);
    const wanted = undone === undefined ? row : withUndoneBind(row, undone);
    yield withoutSharedDestination(await withStandIn(wanted, options.destination), claims, ports);
  }
}

/** Facts about all rows that each row depends on. */
interface Claims {
  /** Binds that were undone and not accepted again. */
  undone: ReadonlyMap<string, UndoneBind>;
  /** The artifacts whose file is or would be at each place. */
  byPlace: ReadonlyMap<string, ReadonlySet<string>>;
}

async function claimsOf(
  judged: readonly Judged[],
  context: RowContext & { byArtifact: ReadonlyMap<string, readonly PersonDecision[]> },
  ports: PlanPorts,
): Promise<Claims> {
  const places = new Map<string, string>();
  const chosen = new Map<string, string>();
  for (const one of judged) {
    if (one.decision.status !== 'bound') continue;
    const place = placeFor(one, context.expected.get(one.row.id)?.basenames ?? [], context.options);
    if (!place.ok) continue;
    places.set(one.row.id, place.filePath);
    chosen.set(one.row.id, one.decision.chosen?.cid ?? '');
  }
  const undone = await undoneBinds(chosen, context.byArtifact, ports);
  const byPlace = new Map<string, Set<string>>();
  const claim = (path: string, id: string): void => {
    byPlace.set(placeKey(path), (byPlace.get(placeKey(path)) ?? new Set()).add(id));
  };
  for (const [id, path] of places) if (!undone.has(id)) claim(path, id);
  const paths = [...places].flatMap(([id, path]) => (undone.has(id) ? [] : [path]));
  for (const { path, id } of await ports.reader.owners(paths, [])) if (path !== null) claim(path, id);
  return { undone, byPlace };
}

async function lastReferences(
  options: PlanOptions,
  ports: PlanPorts,
): Promise<ReadonlyMap<string, Reference>> {
  if (options.references === undefined) return new Map();
  try {
    return await ports.reader.references(options.references.sql, options.references);
  } catch (error) {
    const finding: Finding = {
      code: 'references.failed',
      severity: 'warning',
      subject: 'references.sql',
      message: `the references query failed: ${error instanceof Error ? error.message : String(error)}`,
    };
    ports.emit({ type: 'finding', finding });
    return new Map();
  }
}

function planRow(
  one: Judged,
  context: RowContext,
  registry: { thoughts: Afterthoughts; decisions: ReadonlyMap<string, PersonDecision[]> },
  ports: PlanPorts,
): PlanRow {
  const { row, decision } = one;
  const expected = context.expected.get(row.id)?.basenames ?? [];
  const place = placeFor(one, expected, context.options);
  const placed = decision.status === 'bound' ? place : undefined;
  const unsafe = placed?.ok === false ? placed.reason : undefined;
  if (unsafe !== undefined) ports.emit({ type: 'finding', finding: unsafeFinding(row.id, unsafe) });
  const bound = decision.status === 'bound' && placed?.ok === true;
  const shown = planCandidates(one, context);
  const hints = one.hints.map((hint) => planCandidate(hint, undefined, context));
  const words = explain(decision, {
    expected,
    ...(row.blocked === undefined ? {} : { blocked: row.blocked }),
    places: one.places,
  });
  return {
    id: row.id,
    artifact_type: row.artifactType,
    file_path: row.filePath,
    title: row.title === null ? null : row.title.slice(0, MAX_TITLE_LENGTH),
    expected: within(expected, MAX_EXPECTED_LENGTH, 1),
    status: bound ? 'to_bind' : decision.status === 'bound' ? 'needs_review' : decision.status,
    rule: decision.rule,
    confidence: decision.confidence,
    explanation: unsafe === undefined ? words : `${words} It cannot be placed there: ${unsafe}.`,
    destination: bound && placed.ok ? placed.absolute : null,
    destination_path: bound && placed.ok ? placed.filePath : null,
    chosen: decision.chosen?.cid ?? null,
    trusted_sha256: row.trustedDigests.map((digest) => digest.sha256),
    expected_size_bytes: row.sizeBytes,
    failure_mode: isWithoutFile(decision.status)
      ? failureModeOf(one, expected, context, registry.thoughts)
      : null,
    reason: decision.status === 'unrecoverable' ? reasonOf(one, context.options) : null,
    obstacle: place.ok ? null : place.reason,
    basis: basisOf(row, registry.decisions.get(row.id) ?? []),
    candidates: shown,
    places: one.places,
    similar: within(hints, MAX_SHOWN_LENGTH - JSON.stringify(shown).length, shown.length === 0 ? 1 : 0),
    similar_places: one.hintPlaces,
  };
}

function isWithoutFile(status: string): boolean {
  return ['residual', 'rejected', 'undecided'].includes(status);
}

function reasonOf({ row }: Judged, options: PlanOptions): string | null {
  return unrecoverableRule(row, ruleOf(row, options.types))?.reason ?? null;
}

function placeFor({ row, decision }: Judged, expected: readonly string[], options: PlanOptions): Destination {
  const chosen = decision.chosen;
  const named = chosen === undefined || chosen.expected === '' ? undefined : basename(chosen.expected);
  const name = named ?? expected[0] ?? basename(chosen?.hit.member ?? '');
  return destinationOf(row, ruleOf(row, options.types), options.destination, name);
}

function unsafeFinding(id: string, reason: string): Finding {
  return {
    code: 'destination.unsafe',
    severity: 'warning',
    subject: id,
    message: `its file cannot be placed there: ${shortPrintable(reason)}`,
  };
}

/** Two files cannot have the same destination, or on some disks destinations that differ only in case. */
function withoutSharedDestination(row: PlanRow, { byPlace }: Claims, ports: PlanPorts): PlanRow {
  if (row.destination_path === null) return row;
  const rivals = [...(byPlace.get(placeKey(row.destination_path)) ?? [])].filter((id) => id !== row.id);
  if (rivals.length === 0) return row;
  const finding = unsafeFinding(row.id, 'another artifact has the same destination');
  ports.emit({ type: 'finding', finding });
  const named = rivals
    .slice(0, MAX_NAMED)
    .map((id) => shortPrintable(id))
    .join(', ');
  return {
    ...row,
    status: 'needs_review',
    destination: null,
    destination_path: null,
    explanation: `${row.explanation} Its destination is also that of ${named}.`,
  };
}

function placeKey(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

function failureModeOf(
  { row, candidates, decision }: Judged,
  expected: readonly string[],
  context: RowContext,
  thoughts: Afterthoughts,
): string {
  const createdAtMs = context.inventory.createdAtMs.get(row.id);
  const history = candidates.flatMap((one) => one.hit.history ?? []);
  return failureMode({
    expected,
    filePath: row.filePath,
    ...(createdAtMs === undefined ? {} : { createdAtMs }),
    ...residueOf(row, thoughts, context.options),
    unsearchable: expected.filter((name) => context.matcher.unsearchable.has(name)),
    rejected: [...new Set(decision.rejected.values())].slice(0, MAX_NAMED),
    history: [...new Set(history)].slice(0, MAX_NAMED),
    sources: context.found.reports,
  });
}

function planCandidates({ candidates, decision }: Judged, context: RowContext): PlanCandidate[] {
  const chosen = decision.chosen?.cid;
  const sorted = [...candidates].sort(
    (a, b) => Number(b.cid === chosen) - Number(a.cid === chosen) || preference(a, b),
  );
  const written = sorted
    .slice(0, MAX_CANDIDATES)
    .map((one) => planCandidate(one, decision.rejected.get(one.cid), context));
  return within(written, MAX_CANDIDATES_LENGTH, 2);
}

/** A row has a few dozen candidates at most; more never fit. */
const MAX_CANDIDATES = 64;

/** The first elements of a list whose texts fit within a total length, but at least `least` of them. */
function within<T>(all: readonly T[], length: number, least: number): T[] {
  let left = length;
  const end = all.findIndex((one, i) => {
    left -= JSON.stringify(one).length;
    return left < 0 && i >= least;
  });
  return all.slice(0, end < 0 ? all.length : end);
}

function planCandidate(one: Candidate, rejected: string | undefined, context: RowContext): PlanCandidate {
  const { hit } = one;
  return {
    cid: one.cid,
    source: hit.source,
    kind: hit.kind,
    object: hit.object,
    version: hit.version ?? null,
    member: hit.member,
    path: placeOf(one),
    size_bytes: hit.sizeBytes ?? null,
    mtime: hit.mtime ?? null,
    sha256: one.sha256 ?? null,
    content: one.contentKey,
    verified_by: context.found.read.get(one.cid)?.verifiedBy ?? null,
    cached: one.cached,
    tier: one.tier,
    evidence: evidenceOf(one),
    rejected: rejected ?? null,
    locator: { ...hit.locator },
    paths: hit.paths.join('').length > MAX_PATHS_LENGTH ? [] : [...hit.paths],
    series: hit.series ?? null,
  };
}
