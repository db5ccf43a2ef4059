import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Extraction, Hit, Query } from '../../src/jobs/recovery/source-port.js';
import { HistoryReader, type Version } from '../../src/sources/git/history.js';
import { gitOutput } from '../../src/sources/git/run-git.js';
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
    isHint: () => false,
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

describe('a repository that lost objects', () => {
  it('reports the file whose content is missing, and finds all others', async () => {
    world.commit({ 'd/a.csv': 'old' });
    world.commit({ 'd/a.csv': 'one', 'd/b.csv': 'two', 'd/c.csv': 'three' });
    const lost = await gitOutput(join(world.base, 'repo'), ['rev-parse', 'HEAD:d/a.csv']);
    rmSync(join(world.base, 'repo/.git/objects', lost.slice(0, 2), lost.slice(2)));
    const hits: Hit[] = [];
    const report = await new GitSource(join(world.base, 'repo')).search(queryFor('.csv'), (hit) =>
      hits.push(hit),
    );
    expect(report).toMatchObject({
      state: 'failed',
      errors: [`d/a.csv: blob ${lost} is missing from the repository`],
    });
    expect(hits.map((hit) => [hit.member, hit.superseded !== undefined]).sort()).toEqual([
      // The version before the missing one is not taken for the last one.
      ['d/a.csv', true],
      ['d/b.csv', false],
      ['d/c.csv', false],
    ]);
  });
});

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

  it('names with spaces, line ends and colons are names; links and submodules are not files', async () => {
    world.commit({ 'd/odd\n:100644 name.csv': 'odd', 'd/x.csv': 'x' });
    symlinkSync('/etc/passwd', join(world.base, 'repo/d/link.csv'));
    world.git('add', 'd/link.csv');
    world.git('commit', '-q', '-m', 'link');
    const hits = await search('name.csv', 'link.csv');
    expect(hits.map((hit) => hit.member)).toEqual(['d/odd\n:100644 name.csv']);
  });

  it('contents are returned complete, one after the other, even if the consumer abandons one', async () => {
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

describe('stand-ins in history', () => {
  const content = 'gene,value\nGTEX,1\n';
  const oid = sha256(content);
  const lfs = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`;
  const objectPath = `${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`;
  const key = `SHA256E-s${content.length}--${oid}.csv`;

  it('an LFS pointer leads to its content, under the pointer’s path', async () => {
    world.commit({ 'datasets/large.csv': lfs });
    world.file(`repo/.git/lfs/objects/${objectPath}`, content);
    const hits = await search('large.csv');
    expect(hits.filter((hit) => hit.sha256 === oid)).toMatchObject([
      { member: 'datasets/large.csv', sizeBytes: content.length, locator: { path: objectPath } },
    ]);
  });

  it('also at the place that lfs.storage names, and in the store of another clone', async () => {
    world.commit({ 'datasets/large.csv': lfs });
    world.git('config', 'lfs.storage', join(world.base, 'lfs-store'));
    expect((await search('large.csv')).filter((hit) => hit.sha256 === oid)).toEqual([]);
    world.file(`lfs-store/objects/${objectPath}`, content);
    expect((await search('large.csv')).filter((hit) => hit.sha256 === oid)).toHaveLength(1);
    world.git('config', 'lfs.storage', join(world.base, 'nowhere'));
    execFileSync('git', ['init', '-q', join(world.base, 'clone')]);
    world.file(`clone/.git/lfs/objects/${objectPath}`, content);
    const hits: Hit[] = [];
    const source = new GitSource(join(world.base, 'repo'), 'bind', [join(world.base, 'clone')]);
    await source.search(queryFor('large.csv'), (hit) => hits.push(hit));
    expect(hits.filter((hit) => hit.sha256 === oid)).toHaveLength(1);
  });

  it('git-annex pointers and links lead to the annex; other bytes under the key do not count', async () => {
    world.commit({ 'datasets/unlocked.csv': `/annex/objects/${key}\n` });
    symlinkSync(`../.git/annex/objects/Xx/Yy/${key}/${key}`, join(world.base, 'repo/datasets/locked.csv'));
    world.git('add', '-A');
    world.git('commit', '-q', '-m', 'locked');
    world.file(`repo/.git/annex/objects/Xx/Yy/${key}/${key}`, content.replace('1', '2'));
    expect((await search('locked.csv')).filter((hit) => hit.sha256 === oid)).toEqual([]);
    world.file(`repo/.git/annex/objects/Xx/Yy/${key}/${key}`, content);
    const found = (await search('locked.csv')).filter((hit) => hit.sha256 === oid);
    expect(found.map((hit) => hit.member).sort()).toEqual(['datasets/locked.csv', 'datasets/unlocked.csv']);
  });

  it('an MD5 key is compared by its MD5, for a stand-in in the root too', async () => {
    const md5 = createHash('md5').update(content).digest('hex');
    const own = `MD5E-s${content.length}--${md5}.csv`;
    world.commit({ 'x.txt': 'x' });
    world.file(`repo/.git/annex/objects/abc/def/${own}/${own}`, content);
    const standIn = {
      kind: 'git-annex' as const,
      digest: { algorithm: 'md5' as const, hex: md5 },
      sizeBytes: null,
      key: own,
    };
    const hits: Hit[] = [];
    const query = { ...queryFor(), standIns: [standIn] };
    await new GitSource(join(world.base, 'repo')).search(query, (hit) => hits.push(hit));
    expect(hits).toMatchObject([{ sha256: oid, standsFor: own }]);
  });
});

describe('submodules', () => {
  it('are searched under their path if they exist, and named if they do not', async () => {
    const sub = join(world.base, 'sub');
    execFileSync('git', ['init', '-q', '-b', 'main', sub]);
    world.file('sub/inner.csv', 'inner');
    const run = (...args: string[]) =>
      execFileSync('git', ['-C', sub, '-c', 'user.name=t', '-c', 'user.email=t@e', ...args]);
    run('add', '-A');
    run('commit', '-q', '-m', 'inner');
    run('rm', '-q', 'inner.csv');
    run('commit', '-q', '-m', 'gone');
    world.commit({ 'x.txt': 'x' });
    world.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', sub, 'libs/sub');
    world.git('commit', '-q', '-m', 'submodule');
    const hits = await search('inner.csv');
    expect(hits).toMatchObject([{ member: 'libs/sub/inner.csv', sha256: sha256('inner') }]);
    const outcomes: Extraction[] = [];
    const [hit] = hits;
    if (hit === undefined) throw new Error('no hit');
    const sink = {
      write: () => undefined,
      end: async () => ({ sha256: sha256('inner'), sizeBytes: 5 }),
      abort: async () => undefined,
    };
    await new GitSource(join(world.base, 'repo')).extract(
      [{ id: 'a', hit }],
      () => sink,
      (one) => void outcomes.push(one),
    );
    expect(outcomes).toMatchObject([{ ok: true, sha256: sha256('inner') }]);
    rmSync(join(world.base, 'repo/libs'), { recursive: true });
    expect(await search('inner.csv'), 'its history is in .git/modules').toHaveLength(1);
    rmSync(join(world.base, 'repo/.git/modules'), { recursive: true });
    const report = await new GitSource(join(world.base, 'repo')).search(
      queryFor('inner.csv'),
      () => undefined,
    );
    expect(report).toMatchObject({
      state: 'scoped',
      scope: expect.stringContaining('submodules not searched: libs/sub'),
    });
  });
});

describe('a hostile repository', () => {
  it('replace refs do not change the content of a blob', async () => {
    world.commit({ 'd/a.csv': 'the true one' });
    const blob = world.git('rev-parse', 'HEAD:d/a.csv').trim();
    world.file('other', 'another');
    const other = world.git('hash-object', '-w', join(world.base, 'other')).trim();
    world.git('replace', blob, other);
    expect(await search('a.csv')).toMatchObject([{ version: blob, sha256: sha256('the true one') }]);
  });

  it.each([
    ['log.diffMerges', 'off'],
    ['log.diffMerges', 'combined'],
    ['i18n.logOutputEncoding', 'UTF-16'],
    ['i18n.commitEncoding', 'UTF-16'],
    ['log.showRoot', 'false'],
    ['diff.relative', 'true'],
  ])('%s = %s hides no version, not even one that only a merge has', async (key, value) => {
    world.commit({ 'd/root.csv': 'of the root' });
    world.git('checkout', '-q', '-b', 'side');
    world.commit({ 'd/side.csv': 'of a branch' });
    world.git('checkout', '-q', 'main');
    world.commit({ 'd/main.csv': 'of the other' });
    world.git('merge', '-q', '--no-ff', '--no-commit', 'side');
    world.commit({ 'd/merge.csv': 'of the merge' });
    world.commit({ 'd/merge.csv': null });
    world.git('config', key, value);
    const names = ['merge.csv', 'root.csv', 'side.csv'];
    expect((await search(...names)).map(({ member }) => member).sort()).toEqual(
      names.map((name) => `d/${name}`),
    );
  });

  it('needs no option that git got after 2.23, so that older systems are searched too', async () => {
    world.commit({ 'd/a.csv': 'one' });
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    // As git 2.23 to 2.30 answer what they do not know.
    world.file(
      'bin/git',
      `#!/bin/sh
for one; do case $one in --diff-merges*|--no-relative|--path-format*|--no-lazy-fetch|--no-advice)
  echo "fatal: unrecognized argument: $one" >&2; exit 128;; esac; done
exec ${real} "$@"
`,
    );
    chmodSync(join(world.base, 'bin/git'), 0o755);
    vi.stubEnv('PATH', `${join(world.base, 'bin')}:${process.env.PATH}`);
    try {
      expect(await search('a.csv')).toMatchObject([{ sha256: sha256('one') }]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('grafts cut no history off', async () => {
    world.commit({ 'd/old.csv': 'one' });
    world.commit({ 'd/old.csv': null });
    world.commit({ 'd/new.csv': 'two' });
    world.file('repo/.git/info/grafts', world.git('rev-parse', 'HEAD'));
    world.git('reflog', 'expire', '--expire=now', '--all');
    expect(await search('old.csv')).toMatchObject([{ sha256: sha256('one') }]);
  });

  it('what git prints and nobody understands is not passed over', () => {
    const reader = new HistoryReader(() => undefined);
    const combined = `::100644 100644 100644 ${'1'.repeat(40)} ${'2'.repeat(40)} ${'3'.repeat(40)} MM`;
    expect(() =>
      reader.push(Buffer.from(`\x01${'a'.repeat(40)} 1700000000\0${combined}\0d/a.csv\0`)),
    ).toThrow('unexpected line: ::100644');
  });

  it('files named in its configuration are not read: a FIFO as mailmap or order file does not hang', async () => {
    world.commit({ 'd/a.csv': 'one' });
    execFileSync('mkfifo', [join(world.base, 'fifo')]);
    for (const key of ['mailmap.file', 'diff.orderFile', 'core.attributesFile', 'core.excludesFile'])
      world.git('config', key, join(world.base, 'fifo'));
    world.git('config', 'log.mailmap', 'true');
    expect(await search('a.csv')).toHaveLength(1);
  });

  it('a repository that needs a remote is refused by name, and none of its programs runs', async () => {
    world.commit({ 'd/a.csv': 'one' });
    const ran = join(world.base, 'ran');
    world.git('config', 'protocol.ext.allow', 'always');
    world.git('config', 'remote.evil.url', `ext::sh -c "env > ${ran}"`);
    world.git('config', 'remote.evil.promisor', 'true');
    const blob = world.git('rev-parse', 'HEAD:d/a.csv').trim();
    rmSync(join(world.base, `repo/.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`));
    const report = await new GitSource(join(world.base, 'repo')).search(queryFor('a.csv'), () => undefined);
    expect(report.state).toBe('failed');
    expect(report.errors.join()).toContain('remote.evil.promisor = true');
    // Without the refusal: git alone must not run it either.
    await expect(gitOutput(join(world.base, 'repo'), ['cat-file', 'blob', blob])).rejects.toThrow();
    expect(existsSync(ran)).toBe(false);
  });

  it('hooks, fsmonitor, pager and external diff do not run', async () => {
    world.commit({ 'd/a.csv': 'one' });
    const ran = join(world.base, 'ran');
    const program = world.file('program', `#!/bin/sh\ntouch ${ran}\n`);
    chmodSync(program, 0o755);
    for (const key of [
      'core.fsmonitor',
      'core.pager',
      'pager.log',
      'diff.external',
      'core.sshCommand',
      'gpg.program',
    ])
      world.git('config', key, program);
    world.git('config', 'log.showSignature', 'true');
    await search('a.csv');
    expect(existsSync(ran)).toBe(false);
  });

  it('sees nothing of the operator’s environment', async () => {
    world.commit({ 'd/a.csv': 'one' });
    process.env.SALVOR_TEST_SECRET = 'secret';
    try {
      world.git('config', 'alias.show-env', '!env');
      expect(await gitOutput(join(world.base, 'repo'), ['show-env'])).not.toContain('secret');
    } finally {
      delete process.env.SALVOR_TEST_SECRET;
    }
  });

  it('an impossible commit date is shown unchanged', async () => {
    world.commit({ 'd/a.csv': 'one' });
    const tree = world.git('rev-parse', 'HEAD^{tree}').trim();
    const commit = `tree ${tree}\nauthor t <t@e> 99999999999999 +0000\ncommitter t <t@e> 99999999999999 +0000\n\nx\n`;
    const file = world.file('commit', commit);
    const id = world.git('hash-object', '-t', 'commit', '-w', '--literally', file).trim();
    world.git('update-ref', 'refs/heads/odd', id);
    expect((await search('a.csv')).length).toBeGreaterThan(0);
  });
});
