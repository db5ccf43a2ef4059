import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Check } from '../../src/cli/operate/doctor/check.js';
import { sourceChecks } from '../../src/cli/operate/doctor/source-checks.js';
import { DirectorySource } from '../../src/sources/directory/source.js';
import { GitSource } from '../../src/sources/git/source.js';

let base: string;
const git = (...args: string[]): void => {
  execFileSync(
    'git',
    ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'uploadpack.allowFilter=true', ...args],
    {
      cwd: base,
      stdio: 'ignore',
      env: { ...process.env, GIT_ALLOW_PROTOCOL: 'file' },
    },
  );
};

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'salvor-doctor-sources-'));
  mkdirSync(join(base, 'whole'));
  git('init', '-q', 'whole');
  git('-C', 'whole', 'config', 'uploadpack.allowFilter', 'true');
  for (const text of ['one', 'two']) {
    writeFileSync(join(base, 'whole', 'data.csv'), text);
    git('-C', 'whole', 'add', '.');
    git('-C', 'whole', 'commit', '-q', '-m', text);
  }
  git('clone', '-q', '--depth', '1', `file://${base}/whole`, 'shallow');
  git('clone', '-q', '--filter=blob:none', `file://${base}/whole`, 'partial');
  // A partial clone whose settings were removed: the packs still say so.
  git('clone', '-q', '--filter=blob:none', `file://${base}/whole`, 'forgotten');
  for (const key of ['remote.origin.promisor', 'remote.origin.partialclonefilter'])
    git('-C', 'forgotten', 'config', '--unset', key);
  mkdirSync(join(base, 'full'));
  writeFileSync(join(base, 'full', 'data.tar.gz'), 'x');
  mkdirSync(join(base, 'empty'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

type Sources = NonNullable<NonNullable<Parameters<typeof sourceChecks>[0]['recovery']>['sources']>;
const check = async (...sources: Sources): Promise<Check[]> =>
  (await sourceChecks({ recovery: { sources } }, {})).filter(({ name }) => !name.startsWith('clock '));

describe('doctor on the places where recovery looks for files', () => {
  it.each([
    ['whole', 'ok', /complete history/],
    ['shallow', 'error', /shallow clone/],
    ['partial', 'error', /partial clone/],
    ['forgotten', 'error', /promisor packs/],
    ['full', 'error', /not a git repository/],
    ['nowhere', 'error', /./],
  ])('a git repository that is %s: %s, as the search says', async (name, state, message) => {
    const repository = join(base, name);
    const [found] = await check({ git: repository });
    expect(found).toMatchObject({ state, message: expect.stringMatching(message) });
    const report = await new GitSource(repository).search(
      { wants: () => false, isHint: () => false, sizes: new Set(), digests: new Set() } as never,
      () => undefined,
    );
    expect(report.state === 'failed').toBe(state === 'error');
  });

  it.each([
    ['whole', 'ok'],
    ['*', 'ok'],
    ['no-*', 'warning'],
    ['nowhere', 'error'],
  ])('a directory %s: %s', async (pattern, state) => {
    const [found] = await check({ directory: join(base, pattern) });
    expect(found).toMatchObject({ name: `source ${join(base, pattern)}`, state });
  });

  it('a directory that does not exist fails the search too', async () => {
    const report = await new DirectorySource(join(base, 'nowhere')).search({} as never, () => undefined);
    expect(report.state).toBe('failed');
  });

  it('archives: one page is listed, unless it is one of the backups and was listed already', async () => {
    const url = (name: string): string => `file://${base}/${name}/`;
    expect(await check({ archives: url('full') })).toMatchObject([{ state: 'ok', message: 'can be listed' }]);
    expect(await check({ archives: url('empty') })).toMatchObject([
      { state: 'error', fix: expect.stringContaining('recovery.sources') },
    ]);
    const backups = [{ url: url('full') }];
    expect(await sourceChecks({ backups, recovery: { sources: [{ archives: url('full') }] } }, {})).toEqual(
      [],
    );
  });
});
