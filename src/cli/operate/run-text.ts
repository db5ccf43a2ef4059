import { timeText } from '../../core/iso-time.js';
import { counted } from '../../core/pluralize.js';
import type { RunRecord } from '../../registry/port.js';
import type { RunFinding, RunFindingsPage } from '../../registry/queries/run-findings.js';
import type { Undone } from '../../registry/queries/undone.js';
import type { Style } from '../terminal/style.js';
import { textTable } from '../terminal/text-table.js';

/** Why a run could not start or finish; shown first. */
export function failureLines({ failures }: RunRecord, style: Style): string[] {
  return failures.flatMap(({ code, message, hint }) => [
    `  ${style.bad(code)}: ${message}`,
    ...(hint === null ? [] : [`    ${hint}`]),
  ]);
}

export function undoneText({ undone, by, lastAt }: Undone): string {
  return `${counted(undone, 'change was', 'changes were')} undone by ${by}, last at ${timeText(lastAt)}`;
}

/** The findings of the run, with the command for the next page. */
export function runFindingsText(runId: string, { rows, next }: RunFindingsPage, style: Style): string {
  if (rows.length === 0) return '';
  const table = textTable(
    ['code', 'subject', 'since', 'now', 'what'],
    rows.map((row) => [
      row.severity === 'error' ? style.bad(row.code) : row.code,
      row.subject,
      row.isNew ? 'new' : timeText(row.firstSeenAt).slice(0, 16),
      stateOf(row),
      row.message,
    ]),
    style,
  );
  const more = next === null ? '' : `More: salvor runs show ${runId} --after ${next}\n`;
  return `\n${style.bold('Findings')}\n${table}${more}`;
}

function stateOf({ isOpen, baseline }: RunFinding): string {
  if (!isOpen) return 'ended';
  return baseline ? 'in the baseline' : 'open';
}

export function findingJson(row: RunFinding): Record<string, unknown> {
  return {
    code: row.code,
    severity: row.severity,
    subject: row.subject,
    message: row.message,
    first_seen_at: timeText(row.firstSeenAt),
    new: row.isNew,
    baseline: row.baseline,
    open: row.isOpen,
  };
}
