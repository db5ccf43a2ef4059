import type { Migration } from './migration.js';

/** Where the digests are recorded that drift of class `recorded` contradicts. */
export const driftSources: Migration = {
  version: 22,
  name: 'sources of recorded digests',
  sql: `
alter table salvor.drift add column recorded_in text;
`,
  grants: {},
};
