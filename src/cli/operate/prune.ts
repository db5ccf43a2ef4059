import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type ExitCode, usageFailure } from '../../core/failure.js';
import { timeText } from '../../core/iso-time.js';
import { counted } from '../../core/pluralize.js';
import { StopRequest } from '../../core/stop.js';
import { pruneEvents } from '../../health/prune-events.js';
import { connect } from '../../registry/database.js';
import type { Registry } from '../../registry/registry.js';
import { type Pruned, pruneFindings, pruneRuns, pruneSummaries } from '../../registry/runs/prune.js';
import type { CommandInput } from '../command-input.js';
import type { Config } from '../config/schema.js';
import { stoppable } from '../signals.js';
import { printAnswer, withRegistry } from '../terminal/command-result.js';
import { writeStderr } from '../terminal/output.js';
import type { Style } from '../terminal/style.js';
import { textTable } from '../terminal/text-table.js';
import { version } from '../version.js';
import { actorHere, artifactsDatabase } from '../wiring/artifacts.js';
import type { PruneFlags } from './flags.js';

/** In the order of pruning: findings before the runs that they refer to. */
const KINDS = ['findings', 'events', 'summaries', 'runs'] as const;
type Kind = (typeof KINDS)[number];

/** For one kind: the cutoff time, and how many entries were or would be deleted. */
interface Outcome extends Pruned {
  kind: Kind;
  before: Date;
}

/** `salvor prune`. */
export function prune(input: CommandInput<PruneFlags>): Promise<ExitCode> {
  const say = (message: string): void => writeStderr(`salvor: ${message}`);
  return stoppable(say, (signal) =>
    withRegistry(input, async (registry, { config }) => {
      const ages = agesOf(input.flags, config);
      const outcomes =
        input.flags.yes === true
          ? await recorded(registry, ages, () => pruneAll(input, registry, config, { ages, signal }))
          : await pruneAll(input, registry, config, { ages, signal });
      const stopped = signal.reason instanceof StopRequest ? signal.reason.exitCode : undefined;
      return printAnswer(input, {
        summary: summaryOf(outcomes, input.flags),
        exitCode: stopped ?? 0,
        text: (style) => textOf(outcomes, input.flags, style),
      });
    }),
  );
}

/** The maximum age of each kind, in milliseconds. @throws Failure `usage.invalid` if none is given */
function agesOf({ olderThan }: PruneFlags, { retention }: Config): ReadonlyMap<Kind, number> {
  const ages = KINDS.map((kind) => [kind, olderThan ?? retention?.[kind]] as const);
  const given = new Map(ages.flatMap(([kind, age]) => (age === undefined ? [] : [[kind, age] as const])));
  if (given.size > 0) return given;
  throw usageFailure(
    'usage.invalid',
    'no age limit is given',
    'add --older-than 400d, or set retention in salvor.yaml',
  );
}

async function pruneAll(
  input: CommandInput<PruneFlags>,
  registry: Registry,
  config: Config,
  { ages, signal }: { ages: ReadonlyMap<Kind, number>; signal: AbortSignal },
): Promise<Outcome[]> {
  const { database } = registry;
  const now = await databaseNow(registry);
  const outcomes: Outcome[] = [];
  for (const kind of KINDS) {
    const age = ages.get(kind);
    if (age === undefined || signal.aborted) continue;
    const before = new Date(now - age);
    const options = { before, dryRun: input.flags.yes !== true, signal };
    const pruned = await {
      findings: () => pruneFindings(database, options),
      events: () => eventsOf(config, registry, options),
      summaries: () => pruneSummaries(database, options),
      runs: async () => {
        const own = await artifactsDatabase(config, input.flags, database);
        return pruneRuns(database, own.database, options).finally(() => own.close());
      },
    }[kind]();
    if (pruned !== undefined) outcomes.push({ kind, before, ...pruned });
  }
  return outcomes;
}

async function databaseNow({ database }: Registry): Promise<number> {
  const { rows } = await database.query<{ now: Date }>('select pg_catalog.now() as now');
  return (rows[0]?.now ?? new Date()).getTime();
}

/** A table in `health.table` belongs to the user and is not pruned. */
async function eventsOf(
  { health }: Config,
  { database }: Registry,
  options: { before: Date; dryRun: boolean; signal: AbortSignal },
): Promise<Pruned | undefined> {
  if (health?.table !== undefined && health.table !== 'fleet_health_events') return undefined;
  if (health?.url === undefined) return pruneEvents(database, options);
  const own = await connect(health.url);
  return pruneEvents(own, options).finally(() => own.close());
}

/** Deleting is recorded as a run, which shows who did it and how much, and prevents two at the same time. */
async function recorded(
  { runs }: Registry,
  ages: ReadonlyMap<Kind, number>,
  work: () => Promise<Outcome[]>,
): Promise<Outcome[]> {
  const run = await runs.begin({
    id: randomUUID(),
    job: 'prune',
    scope: 'registry',
    host: hostname(),
    options: { actor: actorHere(), older_than_ms: Object.fromEntries(ages) },
    qualifying: true,
    version,
    startedAt: new Date(),
  });
  const end = (status: 'ok' | 'incomplete', outcomes: readonly Outcome[]) =>
    run.finish({
      status,
      exitCode: status === 'ok' ? 0 : 3,
      qualifying: true,
      summary: Object.fromEntries(outcomes.map(({ kind, rows }) => [`${kind}_deleted`, rows])),
      finishedAt: new Date(),
    });
  try {
    const outcomes = await work();
    await end('ok', outcomes);
    return outcomes;
  } catch (error) {
    await end('incomplete', []).catch(() => undefined);
    throw error;
  }
}

function summaryOf(outcomes: readonly Outcome[], { yes }: PruneFlags): object {
  return {
    dry_run: yes !== true,
    ...Object.fromEntries(
      outcomes.map(({ kind, before, rows, kept }) => [kind, { before: timeText(before), rows, kept }]),
    ),
  };
}

function textOf(outcomes: readonly Outcome[], { yes }: PruneFlags, style: Style): string {
  const verb = yes === true ? 'deleted' : 'would be deleted';
  const table = textTable(
    ['what', 'ended before', verb, 'kept'],
    outcomes.map(({ kind, before, rows, kept }) => [
      kind,
      timeText(before).slice(0, 16),
      String(rows),
      String(kept),
    ]),
    style,
  );
  const total = outcomes.reduce((sum, { rows }) => sum + rows, 0);
  const next =
    yes === true || total === 0
      ? ''
      : `${style.warn('Nothing was deleted.')} Add --yes to delete ${counted(total, 'row')}.\n`;
  return `${table}Always kept: the newest entry of each kind, and entries that the journal, an open finding, open drift or a baseline refers to.\n${next}`;
}
