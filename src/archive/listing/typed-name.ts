import { decodeName, encodeName } from '../names.js';
import { plainNames, quotedNames } from './unquote.js';

/**
 * The names that a person may mean, most likely first: the literal name, or the name as a listing prints it, quoted or
 * with escapes for bytes that cannot be typed.
 */
export function typedNames(text: string): string[] {
  const bytes = Buffer.from(encodeName(text)).toString('latin1');
  const quoted = quotedNames(bytes, 'auto').flatMap((token) =>
    token.end === bytes.length ? [token.name] : [],
  );
  const read = [...quoted, ...plainNames(bytes, 'auto')].map((name) =>
    decodeName(Buffer.from(name, 'latin1')),
  );
  return [...new Set([text, ...read])];
}
