import type { Finding } from '../../core/finding.js';
import { printable } from '../../core/printable.js';

/** Findings for a person, a line each, and how many are not among them. */
export function findingLines(shown: { findings: readonly Finding[]; findingsTotal: number }): string[] {
  const more = shown.findingsTotal - shown.findings.length;
  return [
    ...shown.findings.map(findingLine),
    ...(more > 0 ? [`and ${more} more; use --findings FILE to get all of them`] : []),
  ];
}

/** What stands in the message already is not said twice. */
function findingLine({ code, subject, message }: Finding): string {
  const text = message.startsWith(`${subject}: `) ? message.slice(subject.length + 2) : message;
  return `${code}  ${printable(subject)}: ${printable(text)}`;
}
