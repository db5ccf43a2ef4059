import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { quotedCommands } from '../support/quoted-commands.js';
import { hashed, storeUrl, tar } from './scenarios/places.js';
import { LedgerWorld } from './world.js';

/** They serve until they are stopped, read a stream, or are run in a world that they make themselves. */
const NOT_HERE = ['dashboard', 'demo', 'worker', 'listings tee', 'listings check', 'init', 'systemd'];
/** What a reader has to fill in: `RUN`, `<url>`, `[--flag]`, a url or a path of some other world. */
const TO_FILL_IN = /[A-Z<>[\]{}|*…]|\.\.\.|:\/\/|\//;

const runnable = [
  ...new Set(
    quotedCommands()
      // A value with blanks is not split as a shell would.
      .filter(({ kind, words }) => kind !== 'prose' && !words.some((word) => word.includes(' ')))
      .map(({ words }) => words.join(' '))
      .filter((text) => text !== '' && !TO_FILL_IN.test(text) && !text.includes('--distribute'))
      .filter((text) => !NOT_HERE.some((name) => text === name || text.startsWith(`${name} `))),
  ),
].sort();

let world: LedgerWorld;
beforeAll(async () => {
  world = await LedgerWorld.create();
  for (const name of ['worktree', 'repo']) mkdirSync(join(world.base, name));
  execFileSync('git', ['init', '-q', join(world.base, 'repo')]);
  world.configure({
    backups: [{ url: storeUrl(world), grace: '0s' }],
    recovery: {
      sources: [{ directory: join(world.base, 'worktree') }, { archives: storeUrl(world) }],
      types: { dataset: { directories: ['datasets'], extensions: ['.csv'] } },
    },
  });
  await hashed(world);
  tar(world, 'h/a.tar');
  await world.run('listings build --missing', storeUrl(world));
  await world.run('recovery plan');
});
afterAll(() => world.close());

it('the commands that need nothing filled in are many', () => {
  expect(runnable.length).toBeGreaterThan(15);
});

it.each(runnable)('salvor %s', async (text) => {
  const { code, stderr } = await world.raw(text);
  expect(stderr).not.toMatch(/internal\.error|unknown (?:command|option)|too many arguments/);
  expect(code, stderr).toBeLessThan(4);
});
