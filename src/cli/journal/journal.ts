import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { type ExitCode, Failure, usageFailure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import { timeText } from '../../core/iso-time.js';
import { counted, number } from '../../core/pluralize.js';
import { printable } from '../../core/printable.js';
import { asUuid } from '../../core/uuid.js';
import type { Database } from '../../registry/database.js';
import { PostgresJournal } from '../../registry/journal/journal.js';
import type { JournalEntry } from '../../registry/journal/journal-port.js';
import type { UndoOptions, UndoSummary } from '../../registry/journal/undo.js';
import type { CommandInput } from '../command-input.js';
import type { Config } from '../config/schema.js';
import { printAnswer } from '../terminal/command-result.js';
import { entryNumber, printList } from '../terminal/print-list.js';
import type { Style } from '../terminal/style.js';
import { textTable } from '../terminal/text-table.js';
import {
  actorHere,
  artifactsScope,
  notYetApplied,
  type OpenedArtifacts,
  scriptJson,
} from '../wiring/artifacts.js';
import { requireKnownRun, runIdFlag } from '../wiring/known-run.js';
import { withArtifacts } from '../wiring/with-artifacts.js';
import type { JournalLogFlags, JournalUndoFlags } from './flags.js';
import { journalText } from './journal-text.js';
import { undoWithFiles } from './undo-with-files.js';

/** `salvor journal log`. */
export function journalLog(input: CommandInput<JournalLogFlags>): Promise<ExitCode> {
  const { artifact: artifactId, action, limit } = input.flags;
  const runId = runIdFlag(input.flags.run);
  const after = entryNumber(input.flags.after);
  return withJournal(input, async (journal, _opened, _config, state) => {
    if (runId !== undefined && (await journal.log({ runId, limit: 1 })).length === 0)
      await requireKnownRun(runId, state);
    return printList(input, {
      name: 'entries',
      limit,
      fetch: (last, rows) =>
        journal.log({ runId, artifactId, action, before: last?.id ?? after, limit: rows }),
      json: entryJson,
      cursor: ({ id }) => id,
      table,
      none: 'No matching entries.\n',
    });
  });
}

/** `salvor journal show ID`. */
export function journalShow(input: CommandInput): Promise<ExitCode> {
  const id = input.args[0] ?? '';
  return withJournal(input, async (journal) => {
    const entry = /^\d{1,18}$/.test(id) ? await journal.get(id) : undefined;
    if (entry === undefined) throw unknown(id);
    return printAnswer(input, {
      summary: { entry: entryJson(entry) },
      text: (style) => journalText(entry, style),
    });
  });
}

/** `salvor journal undo RUN|ID`. Asks for confirmation on a terminal unless `--yes` is given. */
export function journalUndo(input: CommandInput<JournalUndoFlags>): Promise<ExitCode> {
  const target = targetOf(input.args[0] ?? '');
  return withJournal(input, async (_, opened, config, state) => {
    if (!(await agreed(input))) throw usageFailure('usage.invalid', 'nothing was undone');
    const runId = randomUUID();
    const options = { target, runId, actor: actorHere(), reason: input.flags.reason ?? null };
    const { summary, refused, told } = await undoWithFiles(options, opened, {
      state,
      config,
      scope: artifactsScope(config, input.flags),
    });
    const findings = [...refused, ...told];
    return printAnswer(input, {
      summary: { ...summary, run_id: runId, ...scriptJson(opened) },
      findings,
      exitCode: summary.refused > 0 ? 1 : 0,
      text: () => undoText(summary, findings, runId) + notYetApplied(opened),
    });
  });
}

function withJournal(
  input: CommandInput,
  work: (
    journal: PostgresJournal,
    opened: OpenedArtifacts,
    config: Config,
    state: Database,
  ) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withArtifacts(input, (opened, state, config) =>
    work(new PostgresJournal(opened.ledger), opened, config, state),
  );
}

function targetOf(text: string): UndoOptions['target'] {
  if (asUuid(text) !== undefined) return { runId: text.toLowerCase() };
  if (/^\d{1,18}$/.test(text)) return { entryId: text };
  throw usageFailure(
    'usage.invalid',
    `${JSON.stringify(text)} is neither the id of a run nor the number of an entry`,
    '`salvor journal log` shows both',
  );
}

function unknown(id: string): Failure {
  return new Failure('journal.unknown', `the journal has no entry ${JSON.stringify(id)}`, {
    hint: '`salvor journal log` lists the entries',
    exitCode: 2,
  });
}

async function agreed(input: CommandInput<JournalUndoFlags>): Promise<boolean> {
  if (input.flags.yes || !process.stdin.isTTY || !process.stderr.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`Undo ${input.args[0]}? [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

/** An entry with the names of its columns; `before` and `after` as raw JSON text, which keeps numbers exact. */
function entryJson(entry: JournalEntry): Record<string, unknown> {
  return {
    id: entry.id,
    run_id: entry.runId,
    artifact_id: entry.artifactId,
    table_name: entry.table,
    action: entry.action,
    before: JSON.parse(entry.before),
    after: JSON.parse(entry.after),
    reason: entry.reason,
    actor: entry.actor,
    at: timeText(entry.at),
    undoes: entry.undoes,
    undone_by: entry.undoneBy,
  };
}

function table(entries: readonly JournalEntry[], style: Style): string {
  return textTable(
    ['id', 'at', 'action', 'artifact', 'actor', 'undone by', 'run'],
    entries.map((entry) => [
      entry.id,
      timeText(entry.at).slice(0, 19).replace('T', ' '),
      entry.action,
      entry.artifactId,
      entry.actor,
      entry.undoneBy ?? '-',
      entry.runId ?? '-',
    ]),
    style,
  );
}

function undoText(summary: UndoSummary, told: readonly Finding[], runId: string): string {
  const already = summary.already_undone > 0 ? `, ${summary.already_undone} already undone` : '';
  return [
    ...told.map(({ subject, message }) =>
      printable(message.includes(subject) ? message : `${subject}: ${message}`),
    ),
    `${number(summary.undone)} of ${counted(summary.entries, 'entry', 'entries')} undone${already}, ${summary.refused} refused.`,
    ...(summary.undone > 0 ? [`To reverse this undo: salvor journal undo ${runId}`] : []),
    '',
  ].join('\n');
}
