import type { Migration } from './migration.js';

/** Drift of one class, in pages. */
export const driftByClass: Migration = {
  version: 18,
  name: 'drift by class',
  sql: `
create index drift_by_class on salvor.drift (class, id);
`,
  grants: {},
};
