import { usageFailure } from '../../core/failure.js';

/** A table's name as the configuration gives it: parts that were quoted are meant to the letter. */
export interface NamePart {
  name: string;
  quoted: boolean;
}

const PART = /\s*(?:"((?:[^"]|"")+)"|([^".\s][^".]*))\s*(\.|$)/y;

/** Reads `artifacts`, `scidex.artifacts`, `"My Schema"."Artifacts"`. @throws Failure `usage.table` */
export function parseTableName(text: string): NamePart[] {
  const parts: NamePart[] = [];
  PART.lastIndex = 0;
  for (let more = true; more; ) {
    const match = PART.exec(text);
    if (!match) return refuse(text);
    const [, quoted, plain, separator] = match;
    parts.push(
      quoted === undefined
        ? { name: (plain ?? '').trim(), quoted: false }
        : { name: quoted.replaceAll('""', '"'), quoted: true },
    );
    more = separator === '.';
  }
  return parts.length <= 2 ? parts : refuse(text);
}

/** An identifier as SQL takes it to the letter. */
export function quoteTableName(name: string): string {
  if (name.includes('\0'))
    throw usageFailure('usage.table', 'a name in the database cannot contain a NUL character');
  return `"${name.replaceAll('"', '""')}"`;
}

function refuse(text: string): never {
  throw usageFailure(
    'usage.table',
    `not the name of a table: ${JSON.stringify(text)}`,
    'write table, schema.table or "Schema"."Table"',
  );
}
