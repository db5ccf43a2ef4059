import type { JournalRow } from '../../../api/artifact.js';
import { Digest, Name } from '../../ui/text.js';

/** The changes of an entry, key by key. `backwards` shows what undoing it does, with complete values. */
export function Change({ row, backwards = false }: { row: JournalRow; backwards?: boolean }) {
  return (
    <div class="change">
      {changed(row).map(({ key, before, after }) => (
        <p key={key}>
          <span class="muted">
            <Name text={key} />
          </span>{' '}
          <Value text={backwards ? after : before} gone clamp={!backwards} />{' '}
          <span aria-hidden="true">→</span>
          <span class="visually-hidden">{backwards ? 'becomes' : 'became'}</span>{' '}
          <Value text={backwards ? before : after} clamp={!backwards} />
        </p>
      ))}
      {!backwards && row.reason !== null && (
        <p class="muted">
          <Name text={row.reason} />
        </p>
      )}
      {!backwards && row.undoes !== null && <p class="muted">undoes entry {row.undoes}</p>}
    </div>
  );
}

function Value(props: { text: string | undefined; gone?: boolean; clamp: boolean }) {
  const { text, gone = false, clamp } = props;
  if (text === undefined) return <em class="muted">absent</em>;
  if (/^[0-9a-f]{64}$/.test(text))
    return gone ? (
      <del>
        <Digest sha256={text} />
      </del>
    ) : (
      <ins>
        <Digest sha256={text} />
      </ins>
    );
  return gone ? (
    <del>
      <Name text={text} mono clamp={clamp} />
    </del>
  ) : (
    <ins>
      <Name text={text} mono clamp={clamp} />
    </ins>
  );
}

/** The changed keys with their values before and after as JSON text. Unparsable entries become one key, `values`. */
function changed(row: JournalRow): { key: string; before: string | undefined; after: string | undefined }[] {
  const before = flat(row.before);
  const after = flat(row.after);
  if (before === undefined || after === undefined)
    return [{ key: 'values', before: row.before, after: row.after }];
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.map((key) => ({ key, before: before.get(key), after: after.get(key) }));
}

function flat(text: string): Map<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { metadata, drift, ...rest } = value as {
      metadata?: unknown;
      drift?: { id: string; state: string };
    };
    const inner = typeof metadata === 'object' && metadata !== null ? metadata : {};
    const decided = drift === undefined ? [] : [[`drift ${drift.id}`, drift.state] as const];
    return new Map(
      [...decided, ...Object.entries(rest), ...Object.entries(inner)].map(([key, one]) => [
        key,
        typeof one === 'string' ? one : JSON.stringify(one),
      ]),
    );
  } catch {
    return undefined;
  }
}
