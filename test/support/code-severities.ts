import { codes } from '../../src/core/codes.js';

/** The severities that the table allows a finding of this code; what fails a run is an error among its findings. */
export function severitiesOf(code: string): string[] {
  const entry = codes[code];
  if (entry === undefined) return [];
  const kind = entry.kind === 'failure' ? 'error' : entry.kind;
  return entry.also === undefined ? [kind] : [kind, entry.also.severity];
}
