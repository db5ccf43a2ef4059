import type { Finding } from '../core/finding.js';
import { printable } from '../core/printable.js';

/** A finding in one line for a person: what stands in its message already is not said twice. */
export function findingLine({ code, subject, message }: Finding): string {
  const text = message.startsWith(`${subject}: `) ? message.slice(subject.length + 2) : message;
  return `${code}  ${printable(subject)}: ${printable(text)}`;
}
