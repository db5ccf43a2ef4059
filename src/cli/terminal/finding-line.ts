import type { Finding } from '../../core/finding.js';
import { printable } from '../../core/printable.js';

/** Formats findings as text, one per line, and how many more there are. */
export function findingLines(shown: { findings: readonly Finding[]; findingsTotal: number }): string[] {
  const more = shown.findingsTotal - shown.findings.length;
  return [
    ...shown.findings.map(findingLine),
    ...(more > 0 ? [`and ${more} more; use --findings FILE to get all of them`] : []),
  ];
}

/** Does not repeat the subject if the message already contains it. */
function findingLine({ code, subject, message }: Finding): string {
  const text = message.startsWith(`${subject}: `) ? message.slice(subject.length + 2) : message;
  return `${code}  ${printable(subject)}: ${printable(text)}`;
}
