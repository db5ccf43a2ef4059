import { renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario, Scenarios, Steps } from '../scenario.js';
import { archive, hashed, inRoot, inStore, object, storeUrl } from './places.js';

/** A backup with an archive that was planted without a listing. */
const withCanary = (steps: Steps): Scenario => ({
  run: 'listings verify',
  job: 'listings verify',
  exitCode: 3,
  subject: (world) => storeUrl(world, 'h1/canary.tar'),
  arrange: async (world) => {
    world.configure({
      backups: [{ url: storeUrl(world), grace: '0s', canary: 'h1/canary.tar' }],
    });
    archive(world, 'h1/a-1.tar');
    object(world, 'h1/canary.tar', 'planted');
  },
  ...steps,
});

/** What keeps a run from its work: its reasons are in its row, and are open in the ledger. */
export const failureScenarios: Scenarios = {
  'root.unavailable': {
    run: 'checksums verify',
    job: 'checksums verify',
    exitCode: 3,
    subject: (_, scope) => scope,
    arrange: hashed,
    breaks: (world) => renameSync(inRoot(world), join(world.base, 'away')),
    fixes: (world) => renameSync(join(world.base, 'away'), inRoot(world)),
  },
  'canary.not_found': withCanary({
    breaks: (world) => unlinkSync(inStore(world, 'h1/canary.tar')),
    fixes: (world) => object(world, 'h1/canary.tar', 'planted'),
  }),
  'canary.has_listing': withCanary({
    breaks: (world) => writeFileSync(inStore(world, 'h1/canary.tar.list.txt'), 'a listing\n'),
    fixes: (world) => unlinkSync(inStore(world, 'h1/canary.tar.list.txt')),
  }),
};
