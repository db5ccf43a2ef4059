import type { ContentSample } from './sample.js';

/** Whether a JSON text stops inside an object, list, or string. */
export function endsInside(json: string): boolean {
  const text = json.replace(/^\ufeff/, '').trimStart();
  if (!/^[[{"]/.test(text)) return false;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (quoted) {
      if (char === '\\') i += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth < 0) return false;
  }
  return quoted || depth > 0;
}

/**
 * Whether the last row of a table has fewer fields than its header, or ends inside a quoted field. Lines that start
 * with `#` are comments. If the table was only sampled, only a last line without quotes is checked.
 * @param separator undefined: the most frequent separator in the header
 */
export function lastRowIsShort(sample: ContentSample, separator: string | undefined): boolean {
  const head = Buffer.from(sample.head).toString('latin1');
  const headerLine = head
    .split(/\r\n|\n|\r/, 200)
    .find((line) => line.trim() !== '' && !line.startsWith('#'));
  if (headerLine === undefined) return false;
  const by = separator ?? mostFrequent(headerLine);
  const header = rowsOf(headerLine, by)[0] ?? 0;
  if (header < 2) return false;
  if (sample.head.length === sample.sizeBytes) {
    const rows = rowsOf(head, by);
    return rows.length > 1 && (rows.at(-1) ?? header) < header;
  }
  const tail = Buffer.from(sample.tail)
    .toString('latin1')
    .split(/\r\n|\n|\r/)
    .slice(1);
  const last = tail.filter((line) => line.trim() !== '' && !line.startsWith('#')).at(-1);
  return last !== undefined && !last.includes('"') && (rowsOf(last, by)[0] ?? header) < header;
}

function mostFrequent(line: string): string {
  const counts = [',', ';', '\t'].map((one) => ({ one, count: line.split(one).length }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).one;
}

/** Field counts of the rows that are neither empty nor comments. A row that ends inside quotes counts as 0. */
function rowsOf(text: string, separator: string): number[] {
  const rows: number[] = [];
  let fields = 1;
  let start = true;
  let empty = true;
  let comment = false;
  let quoted = false;
  const end = (): void => {
    if (!empty && !comment) rows.push(fields);
    fields = 1;
    start = true;
    empty = true;
    comment = false;
  };
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (quoted) {
      if (char === '"' && text[i + 1] === '"') i += 1;
      else if (char === '"') quoted = false;
      continue;
    }
    if (char === '\n' || char === '\r') {
      end();
      continue;
    }
    if (empty && char === '#') comment = true;
    if (char === '"' && start && !comment) quoted = true;
    start = char === separator;
    if (start) fields += 1;
    if (char !== ' ') empty = false;
  }
  if (quoted) rows.push(0);
  else end();
  return rows;
}
