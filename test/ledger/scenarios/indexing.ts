import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { packTar } from '../../archive/support/pack.js';
import type { Scenario, Scenarios, Steps } from '../scenario.js';
import type { LedgerWorld } from '../world.js';
import { flip, inStore, object, storeUrl, tar } from './places.js';

const target = (world: LedgerWorld): string => storeUrl(world);

/** `listings build --missing` over a store where one archive has its siblings. */
export const build = (key: string, breaks: Scenario['breaks']): Scenario => ({
  run: 'listings build --missing',
  on: target,
  job: 'listings build',
  exitCode: 1,
  subject: (world) => storeUrl(world, key),
  arrange: async (world) => {
    world.file('a', 'content of a');
    tar(world, 'h/a.tar.gz', '-z');
  },
  breaks,
  fixes: (world) => tar(world, key, ...(key.endsWith('.gz') ? ['-z'] : [])),
});

/** `listings check` over an archive with right siblings. */
const check = (steps: Steps): Scenario => ({
  run: 'listings check --all',
  on: target,
  job: 'listings check',
  exitCode: 1,
  subject: (world) => storeUrl(world, 'h/a.tar'),
  arrange: async (world) => {
    world.file('a', 'content of a');
    tar(world, 'h/a.tar');
    await world.run('listings build --missing', target(world));
  },
  ...steps,
});

/** A tar whose one name claims to be of many gigabytes. */
async function tarOfEndlessName(): Promise<Buffer> {
  const tar = Buffer.from(await packTar([{ name: 'l'.repeat(300) }]));
  tar.write('77777777777', 124, 'latin1');
  tar.write('        ', 148, 'latin1');
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return tar;
}

export const indexingScenarios: Scenarios = {
  'archive.truncated': build('h/b.tar.gz', (world) => {
    tar(world, 'h/b.tar.gz', '-z');
    object(world, 'h/b.tar.gz', readFileSync(inStore(world, 'h/b.tar.gz')).subarray(0, 60));
  }),
  'archive.corrupt': build('h/b.tar.gz', (world) => {
    tar(world, 'h/b.tar.gz', '-z');
    flip(world, 'h/b.tar.gz', 6);
  }),
  'archive.unsupported': build('h/b.tar', (world) =>
    object(world, 'h/b.tar', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(1000, 7)])),
  ),
  'archive.no_members': build('h/b.tar.gz', (world) =>
    object(world, 'h/b.tar.gz', gzipSync(Buffer.alloc(10_240))),
  ),
  'archive.limit': build('h/b.tar', async (world) => object(world, 'h/b.tar', await tarOfEndlessName())),
  'listing.absent': check({
    breaks: (world) => unlinkSync(inStore(world, 'h/a.tar.list.txt')),
    fixes: async (world) => void (await world.run('listings build --missing', target(world))),
  }),
  'listing.differs': check({
    breaks: (world) => writeFileSync(inStore(world, 'h/a.tar.list.txt'), ''),
    fixes: async (world) =>
      void (await world.run('listings build --upload --replace', storeUrl(world, 'h/a.tar'))),
  }),
  'index.differs': check({
    breaks: (world) => flip(world, 'h/a.tar', 'content of a'),
    fixes: (world) => flip(world, 'h/a.tar', 'bontent of a'),
  }),
};
