import type { Migration } from './migration.js';

/** A person may take back what was decided about a candidate: what was said before it counts no more. */
export const withdrawnDecisions: Migration = {
  version: 7,
  name: 'withdrawn decisions',
  sql: `
alter table salvor.decisions drop constraint decisions_decision_check,
  add constraint decisions_decision_check
    check (decision in ('accept', 'reject', 'unrecoverable', 'withdraw'));
`,
  grants: {},
};
