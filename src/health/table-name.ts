import { usageFailure } from '../core/failure.js';

/** PostgreSQL silently truncates longer names (NAMEDATALEN - 1), which would then name another table. */
const MAX_NAME_BYTES = 63;

/** One part of a name as written. */
interface NamePart {
  text: string;
  quoted: boolean;
}

/** A table name from the configuration. */
export interface TableName {
  schema?: string;
  table: string;
}

/**
 * The tables that `text` may mean, most likely first. `ops.Events` means "ops"."Events" if that exists, or else, as in
 * SQL, ops.events. A part in double quotes is taken literally.
 * @throws Failure `health.table_name`
 */
export function tableNames(text: string): TableName[] {
  const parts = parseParts(text);
  const exact = toName(parts.map((part) => part.text));
  const folded = toName(parts.map((part) => (part.quoted ? part.text : part.text.toLowerCase())));
  return showName(exact) === showName(folded) ? [exact] : [exact, folded];
}

/** A name for SQL, always quoted. */
export function showName(name: TableName): string {
  return [name.schema, name.table]
    .filter((part) => part !== undefined)
    .map(quoteIdentifier)
    .join('.');
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function toName([first, second]: readonly string[]): TableName {
  return second === undefined ? { table: first ?? '' } : { schema: first ?? '', table: second };
}

function parseParts(text: string): NamePart[] {
  const pattern = /(?:"((?:[^"]|"")+)"|([^".\s]+))(\.|$)/y;
  const parts: NamePart[] = [];
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw badName(text);
    const quoted = match[1] !== undefined;
    parts.push({ text: (match[1]?.replaceAll('""', '"') ?? match[2]) || '', quoted });
    if (match[3] === '') break;
  }
  const fits = parts.every(
    (part) => Buffer.byteLength(part.text) <= MAX_NAME_BYTES && !part.text.includes('\0'),
  );
  if (!fits || parts.length === 0 || parts.length > 2 || text.endsWith('.')) throw badName(text);
  return parts;
}

function badName(text: string) {
  return usageFailure(
    'health.table_name',
    `health.table: ${JSON.stringify(text)} is not the name of a table`,
    'write table or schema.table; put a part that contains a dot in "double quotes"',
  );
}
