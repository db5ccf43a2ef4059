import { rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import type { Scenario, Scenarios, Steps } from '../scenario.js';
import { archive, inStore, storeUrl } from './places.js';

const DAY_MS = 86_400_000;

/** A backup of two hosts that is in order. */
const listings = (key: string, steps: Steps, settings: Record<string, unknown> = {}): Scenario => ({
  run: 'listings verify',
  job: 'listings verify',
  exitCode: 1,
  subject: (world) => storeUrl(world, key),
  arrange: async (world) => {
    world.configure({ backups: [{ url: storeUrl(world), grace: '0s', ...settings }] });
    archive(world, 'h1/a-1.tar');
    archive(world, 'h2/a-1.tar');
  },
  ...steps,
});

export const listingScenarios: Scenarios = {
  'listing.missing': listings('h1/a-1.tar', {
    breaks: (world) => unlinkSync(inStore(world, 'h1/a-1.tar.list.txt')),
    fixes: (world) => archive(world, 'h1/a-1.tar'),
  }),
  'listing.too_small': listings('h1/a-1.tar', {
    breaks: (world) => writeFileSync(inStore(world, 'h1/a-1.tar.list.txt'), ''),
    fixes: (world) => archive(world, 'h1/a-1.tar'),
  }),
  'index.missing': listings('h1/a-1.tar', {
    arrange: async (world) => {
      world.configure({ backups: [{ url: storeUrl(world), grace: '0s', require_index: true }] });
      archive(world, 'h1/a-1.tar');
      writeFileSync(inStore(world, 'h1/a-1.tar.salvor-index'), 'an index');
    },
    breaks: (world) => unlinkSync(inStore(world, 'h1/a-1.tar.salvor-index')),
    fixes: (world) => writeFileSync(inStore(world, 'h1/a-1.tar.salvor-index'), 'an index'),
  }),
  'archive.empty': listings('h1/a-2.tar', {
    breaks: (world) => archive(world, 'h1/a-2.tar', ''),
    fixes: (world) => archive(world, 'h1/a-2.tar'),
  }),
  'archive.future': listings('h1/a-2.tar', {
    breaks: (world) => {
      archive(world, 'h1/a-2.tar');
      const later = new Date(Date.now() + 30 * DAY_MS);
      utimesSync(inStore(world, 'h1/a-2.tar'), later, later);
    },
    fixes: (world) => archive(world, 'h1/a-2.tar'),
  }),
  'archive.backup_overdue': listings('h1/a-#.tar', {
    arrange: async (world) => {
      world.configure({ backups: [{ url: storeUrl(world), grace: '0s', max_age: '2d' }] });
      archive(world, 'h1/a-1.tar');
      const now = new Date();
      utimesSync(inStore(world, 'h1/a-1.tar'), now, now);
    },
    breaks: (world) => {
      const old = new Date(Date.now() - 3 * DAY_MS);
      utimesSync(inStore(world, 'h1/a-1.tar'), old, old);
    },
    fixes: (world) => {
      archive(world, 'h1/a-2.tar');
      const now = new Date();
      utimesSync(inStore(world, 'h1/a-2.tar'), now, now);
    },
  }),
  'partition.vanished': listings('h2/', {
    breaks: (world) => rmSync(inStore(world, 'h2'), { recursive: true }),
    fixes: (world) => archive(world, 'h2/a-1.tar'),
  }),
};
