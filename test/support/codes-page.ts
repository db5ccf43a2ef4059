import type { CodeEntry } from '../../src/core/codes/entry.js';

/** `docs/codes.md`, made from the table of codes. */
export function codesPage(codes: Readonly<Record<string, CodeEntry>>): string {
  const rows = Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { kind, also, meaning, action }]) => {
      const kinds = also === undefined ? kind : `${kind}; ${also.severity} ${also.when}`;
      return `| \`${code}\` | ${kinds} | ${meaning} | ${action} |`;
    });
  return `# Codes

Every finding and every failure has one of these codes: in the text, in \`--json\`, in \`salvor.findings\` and in the
health events. A **failure** ends a run with exit 2, 3 or 4; an **error** finding counts towards exit 1; a
**warning** never changes the exit code; an **info** is there to be looked up.

This page is made from \`src/core/codes/\` by \`npm run docs\`; a test compares the two.

| code | kind | what it means | what to do |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
