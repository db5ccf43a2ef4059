import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hit, Query } from '../../src/jobs/recovery/source-port.js';
import { HistoryReader, type Version } from '../../src/sources/git/history.js';
import { GitSource } from '../../src/sources/git/source.js';
import { RecoveryWorld, sha256 } from '../support/recovery-world.js';

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.create();
});
afterEach(() => world.close());

function queryFor(...names: string[]): Query {
  return {
    needles: [],
    wants: (path) => names.some((name) => path.endsWith(name)),
    digests: new Set(),
    sizes: new Set(),
    examine: () => ({ push: () => undefined, end: () => ({ state: 'unknown', reason: '' }) }),
    keep: () => undefined,
    kept: () => undefined,
  };
}

async function search(...names: string[]): Promise<Hit[]> {
  const hits: Hit[] = [];
  const report = await new GitSource(join(world.base, 'repo')).search(queryFor(...names), (hit) =>
    hits.push(hit),
  );
  expect(report).toMatchObject({ state: 'complete', errors: [] });
  return hits;
}

describe('the history of a repository', () => {
  it('finds files of every commit, branch, merge, stash and reflog; the last version of a path counts', async () => {
    world.commit({ 'd/a.csv': 'one', 'd/b.csv': 'kept' });
    world.commit({ 'd/a.csv': 'two' });
    world.git('checkout', '-q', '-b', 'side', 'HEAD~1');
    world.commit({ 'side/only.csv': 'side' });
    world.git('checkout', '-q', 'main');
    world.git('merge', '-q', '--no-ff', '-m', 'merge', 'side');
    world.commit({ 'd/a.csv': null }, 'remove');
    world.commit({ 'gone/reset.csv': 'reset away' });
    world.git('reset', '-q', '--hard', 'HEAD~1');
    const hits = await search('a.csv', 'only.csv', 'reset.csv');
    const found = hits.map((hit) => [hit.member, hit.sha256, hit.superseded !== undefined]);
    expect(found.sort()).toEqual(
      [
        ['d/a.csv', sha256('two'), false],
        ['d/a.csv', sha256('one'), true],
        ['gone/reset.csv', sha256('reset away'), false],
        ['side/only.csv', sha256('side'), false],
      ].sort(),
    );
    expect(hits.find((hit) => hit.sha256 === sha256('two'))?.history).toMatch(
      /^deleted in commit [0-9a-f]{12} on \d{4}-/,
    );
  });

  it('names with spaces, line ends and colons are names; links and submodules are no files', async () => {
    world.commit({ 'd/odd\n:100644 name.csv': 'odd', 'd/x.csv': 'x' });
    symlinkSync('/etc/passwd', join(world.base, 'repo/d/link.csv'));
    world.git('add', 'd/link.csv');
    world.git('commit', '-q', '-m', 'link');
    const hits = await search('name.csv', 'link.csv');
    expect(hits.map((hit) => hit.member)).toEqual(['d/odd\n:100644 name.csv']);
  });

  it('contents come out whole, one after the other, also when whoever takes them gives up on one', async () => {
    const large = 'z'.repeat(3_000_000);
    world.commit({ 'd/1.csv': large, 'd/2.csv': 'second', 'd/3.csv': '' });
    const hits = await search('.csv');
    const source = new GitSource(join(world.base, 'repo'));
    const got = new Map<string, string>();
    const outcomes: string[] = [];
    const wanted = hits
      .sort((a, b) => (a.member < b.member ? -1 : 1))
      .map((hit) => ({ id: hit.member, hit }));
    await source.extract(
      wanted,
      ({ id }) => {
        let text = '';
        return {
          write: (chunk) => {
            if (id === 'd/1.csv') throw new Error('no room');
            text += Buffer.from(chunk).toString();
          },
          end: async () => {
            got.set(id, text);
            return { sha256: sha256(text), sizeBytes: text.length };
          },
          abort: async () => undefined,
        };
      },
      (outcome) => {
        outcomes.push(`${outcome.id} ${outcome.ok}`);
      },
    );
    expect(outcomes).toEqual(['d/1.csv false', 'd/2.csv true', 'd/3.csv true']);
    expect([...got]).toEqual([
      ['d/2.csv', 'second'],
      ['d/3.csv', ''],
    ]);
  });

  it('configuration of the repository runs nothing', async () => {
    world.commit({ 'd/a.csv': 'one' });
    const marker = join(world.base, 'ran');
    for (const key of [
      'core.fsmonitor',
      'core.pager',
      'diff.external',
      'filter.x.smudge',
      'core.sshCommand',
      'gpg.program',
    ]) {
      world.git('config', key, `touch ${marker}`);
    }
    world.git('config', 'log.showSignature', 'true');
    world.file('repo/.git/info/attributes', '* filter=x diff=x\n');
    expect(await search('a.csv')).toHaveLength(1);
    const { existsSync } = await import('node:fs');
    expect(existsSync(marker)).toBe(false);
  });
});

describe('the reader of the history', () => {
  it('reads the same at every chunk width', () => {
    const commit = `${'a'.repeat(40)}`;
    const text = `\x01${commit} 1700000000\0\n:000000 100644 ${'0'.repeat(40)} ${'1'.repeat(40)} A\0d/a b.csv\0:100644 000000 ${'1'.repeat(40)} ${'0'.repeat(40)} D\0x\0\x01${'b'.repeat(40)} -5\0`;
    const read = (width: number): Version[] => {
      const versions: Version[] = [];
      const reader = new HistoryReader((version) => versions.push(version));
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += width) reader.push(bytes.subarray(at, at + width));
      return versions;
    };
    const whole = read(text.length);
    expect(whole).toHaveLength(2);
    for (let width = 1; width < 90; width += 1) expect(read(width)).toEqual(whole);
  });
});
