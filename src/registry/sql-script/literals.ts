import type { Statement } from './statement.js';

/** Quoted strings and names, which may hold a dollar sign of their own, and parameters. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\d+)/g;

/** A statement as a script: every `$n` replaced by its value as a literal. */
export function asScript(statement: Statement): string {
  const text = statement.text.replace(TOKEN, (token: string, digits: string | undefined) =>
    digits === undefined ? token : literal(statement.values[Number(digits) - 1]),
  );
  return `${text};\n`;
}

function literal(value: Statement['values'][number] | undefined): string {
  if (value === undefined || value === null) return 'null';
  return Array.isArray(value) ? `array[${value.map(scalar).join(', ')}]` : scalar(value);
}

/** Safe whatever `standard_conforming_strings` is on the server where a person runs it. */
function scalar(value: string | null): string {
  if (value === null) return 'null';
  const quoted = value.replaceAll("'", "''");
  return quoted.includes('\\') ? ` e'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}

/** A string as SQL takes it to the letter, with `standard_conforming_strings` on (as every session has it). */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
