// The jobs of the growth benchmark. Those of a group work on one registry, in order, each on the results of those before.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installQueue } from '../../dist/queue/install.js';
import { manyRowsWorld } from '../recovery-scale.mjs';
import { seed } from './dashboard-seed.mjs';
import { drillWorld, oneFileWorld, writeConfig } from './growth-worlds.mjs';

const pages = new URL('growth-pages.mjs', import.meta.url).pathname;
/** More than any list has. */
const ALL = ['--limit', '10000000'];

/** The run that made changes of a kind. */
async function runThat(database, action) {
  const { rows } = await database.query(
    'select run_id::text as id from salvor.journal where action = $1 order by id limit 1',
    [action],
  );
  return rows[0].id;
}

/** All jobs of a kind end like those that they are: with findings, and a decision about drift with what it leaves open. */
export const GROUPS = {
  listings: {
    prepare: oneFileWorld,
    jobs: [
      {
        name: 'verify, first',
        args: ['listings', 'verify'],
        codes: [1],
        peers: {
          'rclone lsf': ({ endpoint }) => [
            'rclone',
            'lsf',
            '-R',
            `:s3,provider=Other,list_version=2,env_auth=true,region=us-east-1,endpoint='${endpoint}':bench/b/`,
          ],
          'aws s3api': ({ endpoint }) => [
            ...['aws', 's3api', 'list-objects-v2', '--bucket', 'bench', '--prefix', 'b/'],
            ...['--endpoint-url', endpoint, '--query', 'Contents[].Key', '--output', 'text'],
          ],
        },
      },
      { name: 'verify, 1 finding open', args: ['listings', 'verify'], codes: [1] },
      { name: 'verify, 1 in 20 keys missing', args: ['listings', 'verify', 's3://bench/o/'], codes: [1] },
      { name: 'the same again', args: ['listings', 'verify', 's3://bench/o/'], codes: [1] },
      { name: 'status, those are open', args: ['status'] },
      { name: 'watchdog', args: ['watchdog'], codes: [0, 1] },
      {
        name: 'listings build',
        args: ({ archive }) => ['listings', 'build', '--upload', archive],
        peers: { 'tar -tzf': ({ archive }) => ['tar', '-tzf', archive] },
      },
      { name: 'listings check', args: ({ archive }) => ['listings', 'check', archive] },
      {
        name: 'restore --list, 1 name',
        args: ({ archive }) => ['restore', '--list', archive, 'd/member-7'],
        peers: { 'rg in the listing': ({ archive }) => ['rg', '-c', 'd/member-7$', `${archive}.list.txt`] },
      },
      { name: 'restore, 1 member', args: ({ archive }) => ['restore', archive, 'd/member-7', '-o', 'one'] },
    ],
  },
  checksums: {
    prepare: oneFileWorld,
    jobs: [
      { name: 'backfill', args: ['checksums', 'backfill'] },
      { name: 'backfill, nothing to do', args: ['checksums', 'backfill'] },
      { name: 'scrub', args: ['checksums', 'verify'] },
      { name: 'journal log', args: ['journal', 'log', ...ALL] },
      {
        name: 'journal undo',
        args: async ({ database }) => [...['journal', 'undo', await runThat(database, 'checksum'), '--yes']],
      },
    ],
  },
  drift: {
    most: 100_000,
    prepare: async (world) => {
      const made = await oneFileWorld(world);
      await installQueue(world.database);
      return made;
    },
    jobs: [
      { name: 'backfill by a worker', args: ['checksums', 'backfill', '--distribute'], worker: true },
      {
        name: 'scrub, all changed',
        args: ({ base }) => {
          writeFileSync(join(base, 'root', 'file.csv'), 'a,b\n1,3\n');
          return ['checksums', 'verify'];
        },
        codes: [1],
      },
      { name: 'drift list', args: ['drift', 'list', ...ALL] },
      { name: 'drift accept, all', args: ['drift', 'accept', '--type', 'dataset', '--yes', '--note', 'x'] },
    ],
  },
  recovery: {
    most: 100_000,
    prepare: ({ base, database, size }) => manyRowsWorld(base, database, size),
    jobs: [
      { name: 'recovery plan', args: ['recovery', 'plan', '--archives', 'all'], codes: [0, 1] },
      { name: 'recovery review', args: ['recovery', 'review'], codes: [0, 1] },
      { name: 'recovery apply', args: ['recovery', 'apply'], codes: [0, 1] },
      { name: 'recovery report', args: ['recovery', 'report', '--out', 'report'], codes: [0, 1] },
      {
        name: 'undo of the apply, with files',
        args: async ({ database }) => [...['journal', 'undo', await runThat(database, 'bind'), '--yes']],
      },
    ],
  },
  drill: {
    most: 100_000,
    prepare: drillWorld,
    jobs: [
      { name: '(its index)', args: ({ archive }) => ['listings', 'build', '--upload', archive] },
      {
        name: 'drill, all members',
        args: ['recovery', 'drill', '--max-bytes', '1TiB', '--max-duration', '10h'],
      },
    ],
  },
  history: {
    prepare: async ({ base, database, size }) => {
      await seed(database, { artifacts: size, queue: size / 10, runs: size / 10 });
      return { config: writeConfig(base, 'watchdog: { expect: [{ job: listings verify, within: 26h }] }\n') };
    },
    jobs: [
      { name: 'status', args: ['status'] },
      { name: 'runs list', args: ['runs', 'list', ...ALL] },
      { name: 'drift list', args: ['drift', 'list', ...ALL] },
      {
        name: 'dashboard, every page',
        script: pages,
        args: ({ base, size }) => [`embedded:${join(base, 'pg')}`, String(size)],
      },
      { name: 'prune, dry', args: ['prune', '--older-than', '1h'] },
      { name: 'prune', args: ['prune', '--older-than', '1h', '--yes'] },
    ],
  },
};
