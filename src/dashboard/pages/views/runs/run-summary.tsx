import type { ComponentChildren } from 'preact';
import { count, duration, plural, size, visible } from '../../format.js';
import { Icon } from '../../ui/icon.js';
import { Scrolled } from '../../ui/scrolled.js';
import { Table } from '../../ui/table.js';
import { Count, ForeignTime, Name } from '../../ui/text.js';
import { Facts } from '../page.js';

type Values = Record<string, unknown>;

/** The summary of a run: the error if it failed, then its plain values. Nested values are collapsed. */
export function RunSummary({ summary }: { summary: Values }) {
  const { error, ...rest } = summary;
  const entries = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  const plain = entries.filter(([, value]) => !isNested(value) && !isNothing(value));
  const nothing = entries.filter(([, value]) => isNothing(value));
  return (
    <>
      {error !== undefined && error !== null && <RunError error={error} />}
      {plain.length > 0 && (
        <Facts facts={plain.map(([name, value]) => ({ name: labelOf(name), value: shownOf(name, value) }))} />
      )}
      {nothing.length > 0 && (
        <details>
          <summary>{plural(nothing.length, 'counter')} at zero</summary>
          <Facts
            facts={nothing.map(([name, value]) => ({ name: labelOf(name), value: shownOf(name, value) }))}
          />
        </details>
      )}
      {entries
        .filter(([, value]) => isNested(value))
        .map(([name, value]) => (
          <details key={name}>
            <summary>{labelOf(name)}</summary>
            {isTable(value) ? <Numbers name={name} rows={value} /> : <Json value={value} label={name} />}
          </details>
        ))}
    </>
  );
}

function RunError({ error }: { error: unknown }) {
  const { code, message, hint, ...more } = isNested(error) ? (error as Values) : { message: error };
  return (
    <div class="problems">
      <Icon name="error" />
      <div>
        <p>
          <Name text={typeof message === 'string' ? message : 'The run failed.'} />
        </p>
        {typeof hint === 'string' && (
          <p>
            <Name text={hint} />
          </p>
        )}
        {typeof code === 'string' && <Name text={code} mono />}
        {Object.keys(more).length > 0 && <Json value={more} label="Error details" />}
      </div>
    </div>
  );
}

/** Most counters are zero; these are collapsed. */
function isNothing(value: unknown): boolean {
  return value === 0 || value === null || value === '';
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function labelOf(name: string): string {
  return visible(name.replace(/_ms$/, '').replaceAll('_', ' '));
}

/** Formats a value by the unit suffix of its name: `_ms`, `_bytes`, `_at`. */
function shownOf(name: string, value: unknown): ComponentChildren {
  if (typeof value === 'number') {
    if (name.endsWith('_ms')) return duration(value);
    return /(^|_)bytes(_|$)/.test(name) ? size(value) : count(value);
  }
  if (typeof value === 'string' && name.endsWith('_at')) return <ForeignTime text={value} />;
  return <Name text={String(value ?? '–')} />;
}

/** Larger tables are shown as JSON. */
const MAX_ROWS = 200;
const MAX_COLUMNS = 20;

type NumberTable = Record<string, Record<string, number>>;

/** Whether the value is a table of numbers, such as the counts by type. */
function isTable(value: unknown): value is NumberTable {
  if (!isNested(value) || Array.isArray(value)) return false;
  const rows = Object.values(value as Values);
  return (
    rows.length > 0 &&
    rows.length <= MAX_ROWS &&
    rows.every(
      (row) =>
        isNested(row) &&
        Object.keys(row as Values).length <= MAX_COLUMNS &&
        Object.values(row as Values).every((one) => typeof one === 'number'),
    )
  );
}

function Numbers({ name, rows }: { name: string; rows: NumberTable }) {
  const columns = [...new Set(Object.values(rows).flatMap((row) => Object.keys(row)))];
  return (
    <Table
      caption={labelOf(name)}
      rows={Object.entries(rows)}
      keyOf={([key]) => key}
      columns={[
        { head: labelOf(name), main: true, cell: ([key]) => <Name text={key} /> },
        ...columns.map((column) => ({
          head: labelOf(column),
          number: true,
          cell: ([, row]: [string, Record<string, number>]) => <Count of={row[column] ?? 0} />,
        })),
      ]}
    />
  );
}

/** Longer JSON is truncated. */
const MAX_JSON_CHARS = 100_000;

export function Json({ value, label }: { value: unknown; label: string }) {
  const text = JSON.stringify(value, null, 2);
  const shown = text.length > MAX_JSON_CHARS ? `${text.slice(0, MAX_JSON_CHARS)}\n…` : text;
  return <Scrolled text={shown} label={visible(label)} />;
}
