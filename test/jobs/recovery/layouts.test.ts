import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elsewhereOf } from '../../../src/core/elsewhere.js';
import { listOf } from '../../../src/core/groups.js';
import type { PlanDocument, PlanRow } from '../../../src/jobs/recovery/plan/plan-document.js';
import { reportFiles } from '../../../src/jobs/recovery/report/inventory/report-files.js';
import { acceptCandidate } from '../../../src/jobs/recovery/review/review.js';
import { PostgresRecoveryLedger } from '../../../src/registry/recovery/recovery-ledger.js';
import { GitSource } from '../../../src/sources/git/source.js';
import { ELSEWHERE } from '../../support/elsewhere.js';
import { storedPlan } from '../../support/plan-text.js';
import { csv, planRow, RecoveryWorld, sha256 } from '../../support/recovery-world.js';

/**
 * The same cases in three installations that differ in where the checkout is, how `tar` was called, and how rows spell
 * their paths: none of that may change what is decided.
 */
const LAYOUTS = [
  {
    name: 'a checkout at /data, relative paths',
    prefix: 'data/scidex-artifacts/',
    spelling: 'below the root',
  },
  {
    name: 'a checkout in a home directory, relative paths',
    prefix: 'home/op/src/repo/artifacts/',
    spelling: 'below the root',
  },
  { name: 'archives of the directory itself, absolute paths', prefix: '', spelling: 'absolute' },
  {
    name: 'a checkout at /data, paths relative to the repository, a root that strips',
    prefix: 'data/scidex-artifacts/',
    spelling: 'below the repository',
  },
  {
    name: 'archives of the directory itself, paths relative to the repository, a root that strips',
    prefix: '',
    spelling: 'below the repository',
  },
] as const;

/** What a root strips where rows have paths relative to the repository. */
const STRIP = 'data/scidex-artifacts/';

const ARCHIVE = 'alpha/artifacts-2026-04-24.tar.gz';
const GONE_KEY = `SHA256E-s104857600--${sha256('gone')}.csv`;

/** What is in the backup in the place of a file, and what is said of it. */
const IMPOSTORS: Readonly<Record<string, string>> = {
  lfs: `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256('x')}\nsize 1\n`,
  annex: `/annex/objects/${GONE_KEY}\n`,
  dvc: `outs:\n- md5: ${'ab'.repeat(16)}\n  size: 9\n  path: x.csv\n`,
  smb: 'XSym\n0018\n'.padEnd(1067, ' '),
  page: '<!doctype html><html>Sign in</html>',
  empty: '',
};
const REASONS: Readonly<Record<string, RegExp>> = {
  lfs: /a Git LFS pointer to /,
  annex: /a git-annex pointer to /,
  link: /a git-annex pointer to /,
  dvc: /a DVC file to md5 abab/,
  smb: /a symbolic link stored as a file/,
  page: /page|HTML/,
  empty: /empty|no bytes/,
};

/** All pages of the report. */
async function reportOf(plan: PlanDocument): Promise<string> {
  const pages: string[] = [];
  for (const { pieces } of reportFiles(storedPlan(plan), 'json')) pages.push(...(await listOf(pieces)));
  return pages.join('');
}

/** What is decided of each row, and where its file comes from. */
function decisions(plan: PlanDocument): Record<string, unknown> {
  return Object.fromEntries(
    plan.rows.map((one) => {
      const chosen = one.candidates.find(({ cid }) => cid === one.chosen);
      const rejected = one.candidates.map((candidate) => candidate.rejected).sort();
      return [one.id, [one.status, one.rule, one.destination, chosen?.path, rejected]];
    }),
  );
}

const HTML = '<!doctype html><html>Sign in</html>';

/** What is where a listing is expected. */
const NO_LISTINGS: Readonly<Record<string, string | Buffer>> = {
  page: HTML,
  empty: '',
  blank: '\n\n',
  error: '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>\n',
  json: '{"message": "not found"}\n',
  accounts: 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n',
  binary: Buffer.from([0, 1, 2, 3, 0x0a]),
};

/** Archives with these listings, each of a series of its own. */
function plantListings(world: RecoveryWorld, prefix: string): void {
  const listed = (id: string, files: Record<string, string>, listing: string | Buffer): void => {
    const key = `beta/${id}-2026-04-24.tar.gz`;
    world.archive(key, files, { listing: null });
    world.bucket.add(`backups/${key}.list.txt`, { content: Buffer.from(listing) });
  };
  for (const [id, listing] of Object.entries(NO_LISTINGS))
    listed(id, { [`${prefix}datasets/behind_${id}.csv`]: csv(`behind ${id}`) }, listing);
  const line = (name: string): string => `-rw-r--r-- a/b 17 2026-04-20 03:11 ./${prefix}datasets/${name}`;
  listed(
    'cut',
    { [`${prefix}datasets/after_the_cut.csv`]: csv('cut') },
    line('before_the_cut.csv').slice(0, -4),
  );
  listed('foreign', { 'etc/hostname': 'another' }, `${line('of_another_archive.csv')}\n`);
}

/** A partial clone: git would fetch what it lacks with a program that the repository names. */
function promisor(world: RecoveryWorld): GitSource {
  const directory = join(world.base, 'partial');
  execFileSync('git', ['clone', '-q', '--bare', join(world.base, 'repo'), directory]);
  execFileSync('git', ['-C', directory, 'config', 'remote.origin.promisor', 'true']);
  execFileSync('git', [
    '-C',
    directory,
    'config',
    'remote.origin.uploadpack',
    `touch ${join(world.base, 'ran')}`,
  ]);
  return new GitSource(directory);
}

/** A plan in which somebody made a bind of everything that was ruled out, and moved what is to be bound. */
function edited(plan: PlanDocument, placeOf: (path: string) => string): PlanDocument {
  const rows = plan.rows.flatMap((row): PlanRow[] => {
    if (row.status === 'to_bind') return [{ ...row, destination: '/tmp/elsewhere.csv' }];
    const out = row.candidates.find(({ rejected }) => rejected !== null);
    if (row.status !== 'rejected' || out === undefined || row.file_path === null) return [];
    const place = { destination: placeOf(row.file_path), destination_path: row.file_path };
    return [
      { ...row, ...place, status: 'to_bind', rule: '1-digest', confidence: 'certain', chosen: out.cid },
    ];
  });
  return { ...plan, rows };
}

/** Everything below the root. */
function treeOf(root: string): string[] {
  return readdirSync(root, { recursive: true }).map(String).sort();
}

const hash = (i: number): string => createHash('md5').update(String(i)).digest('hex').slice(0, 9);

for (const { name, prefix, spelling } of LAYOUTS) {
  const tweaks = spelling === 'below the repository' ? { strip: STRIP } : {};

  describe(name, () => {
    let world: RecoveryWorld;
    const wanted = new Map<string, string>();
    const bound = new Map<string, string>();

    function spelled(path: string): string {
      if (elsewhereOf(path) !== undefined) return path;
      if (spelling === 'below the repository') return STRIP + path;
      return spelling === 'absolute' ? join(world.root, path) : path;
    }

    /** Where the file of a row with this path is. */
    function placeOf(path: string): string {
      const below = spelling === 'below the repository' && path.startsWith(STRIP);
      return path.startsWith('/') ? path : join(world.root, below ? path.slice(STRIP.length) : path);
    }

    async function row(id: string, path: string | null, status: string, metadata = {}): Promise<void> {
      await world.row({ id, path: path === null ? null : spelled(path), metadata });
      wanted.set(id, status);
    }

    /** A file in the newest backup of the checkout. */
    const backup: Record<string, string> = {};

    async function plant(): Promise<void> {
      backup[`${prefix}datasets/plain.csv`] = csv('plain');
      await row('plain', 'datasets/plain.csv', 'to_bind');
      bound.set('plain', csv('plain'));

      // A stale copy in a worktree, other content in the newest backup.
      world.worktree('quest-1', 'datasets/stale.csv', csv('old'));
      backup[`${prefix}datasets/stale.csv`] = csv('new');
      await row('stale', 'datasets/stale.csv', 'needs_review');
      world.worktree('quest-1', 'datasets/same.csv', csv('same'));
      backup[`${prefix}datasets/same.csv`] = csv('same');
      await row('same', 'datasets/same.csv', 'to_bind');
      bound.set('same', csv('same'));

      // Names that differ in an id: pages and empty files of others.
      for (let i = 0; i < 20; i += 1) {
        const other = `datasets/ukb-trial-${hash(i + 100)}.csv`;
        world.worktree('quest-2', other, i % 2 === 0 ? HTML : '');
        backup[`${prefix}datasets/ukb-trial-${hash(i + 200)}.csv`] = csv(`other ${i}`);
        await row(`trial-${i}`, `datasets/ukb-trial-${hash(i)}.csv`, 'residual');
      }

      // Elsewhere: with a local file of the same name.
      world.worktree('quest-1', 'panels/gtex_v8.csv', csv('namesake'));
      await row('s3', 's3://other-bucket/panels/gtex_v8.csv', 'external_reference');
      await row('doi', 'doi:10.5061/gtex_v8.csv', 'external_reference', { filename: 'gtex_v8.csv' });
      for (const [i, text] of ELSEWHERE.entries()) {
        const filename = `panel_of_${i}.csv`;
        world.worktree('quest-1', `panels/${filename}`, csv(filename));
        backup[`${prefix}panels/${filename}`] = csv(filename);
        await row(`elsewhere-${i}`, text.replace('NAME', filename), 'external_reference', { filename });
      }
      world.worktree('quest-1', 'datasets/gene:BRCA1.csv', csv('gene'));
      await row('colon', 'datasets/gene:BRCA1.csv', 'to_bind');
      bound.set('colon', csv('gene'));

      // A backslash is part of the name.
      backup[`${prefix}datasets/back\\slash-1.csv`] = csv('backslash');
      await row('backslash', 'datasets/back\\slash-1.csv', 'to_bind');
      bound.set('backslash', csv('backslash'));

      // One similar content, in several copies.
      world.worktree('quest-1', 'datasets/nb-sda-2026-04-01-gap-6beaef.csv', csv('similar'));
      world.worktree('quest-2', 'datasets/nb-sda-2026-04-01-gap-6beaef.csv', csv('similar'));
      await row('similar', 'datasets/SDA-2026-04-01-gap-6beaef.csv', 'needs_review');
      for (const i of [1, 2, 3])
        world.worktree('quest-1', `datasets/atlas_cortex_run${i}.csv`, csv(`atlas ${i}`));
      await row('several-similar', 'datasets/atlas_cortex.csv', 'residual');

      // Stand-ins: in a worktree and in history, with and without the content.
      const large = csv('annexed');
      const key = `SHA256E-s${large.length}--${sha256(large)}.csv`;
      const gone = `SHA256E-s104857600--${sha256('gone')}.csv`;
      world.commit({
        'datasets/annexed.csv': `/annex/objects/${key}\n`,
        'datasets/gone.csv': `/annex/objects/${gone}\n`,
      });
      world.file(`repo/.git/annex/objects/aa/bb/${key}/${key}`, large);
      await row('annexed', 'datasets/annexed.csv', 'to_bind');
      bound.set('annexed', large);
      await row('annex-gone', 'datasets/gone.csv', 'rejected');
      const lfs = `version https://git-lfs.github.com/spec/v1\r\noid sha256:${sha256('x')}\r\nsize 1\r\n`;
      world.worktree('quest-1', 'datasets/lfs-crlf.csv', lfs);
      await row('lfs-crlf', 'datasets/lfs-crlf.csv', 'rejected');
      // A link of git-annex in the root, whose content the clone has.
      const locked = csv('locked');
      const lockedKey = `MD5E-s${locked.length}--${createHash('md5').update(locked).digest('hex')}.csv`;
      world.file('root/datasets/.keep', '');
      symlinkSync(
        `../.git/annex/objects/c/d/${lockedKey}/${lockedKey}`,
        join(world.root, 'datasets/locked.csv'),
      );
      world.file(`repo/.git/annex/objects/cc/dd/${lockedKey}/${lockedKey}`, locked);
      await row('locked', 'datasets/locked.csv', 'to_bind');

      // In the backup: stand-ins, a page and nothing where a file is expected.
      for (const [id, content] of Object.entries(IMPOSTORS)) {
        backup[`${prefix}datasets/only_${id}.csv`] = content;
        await row(`impostor-${id}`, `datasets/only_${id}.csv`, 'rejected');
      }
      await row('impostor-link', 'datasets/only_link.csv', 'rejected');

      // One content at the paths of two rows: it is known as one by all three ways, or by none.
      for (const id of ['twin-a', 'twin-b']) {
        backup[`${prefix}datasets/${id}-7f3.csv`] = csv('twins');
        await row(id, `datasets/${id}-7f3.csv`, 'needs_review');
      }
      // Hints in the backup: a page is none.
      backup[`${prefix}datasets/nb-sda-2026-05-02-gap-77ab01.csv`] = HTML;
      await row('page-hint', 'datasets/SDA-2026-05-02-gap-77ab01.csv', 'residual');
      backup[`${prefix}datasets/nb-sda-2026-05-03-gap-77ab02.csv`] = csv('hint in the backup');
      await row('good-hint', 'datasets/SDA-2026-05-03-gap-77ab02.csv', 'needs_review');

      // Listings that are none, of archives that are read whole instead; one that is cut; one of another archive.
      for (const id of Object.keys(NO_LISTINGS)) {
        await row(`listing-${id}`, `datasets/behind_${id}.csv`, 'to_bind');
        bound.set(`listing-${id}`, csv(`behind ${id}`));
      }
      await row('listing-cut', 'datasets/after_the_cut.csv', 'residual');
      await row('listing-foreign', 'datasets/of_another_archive.csv', 'rejected');

      // A generic name: a few contents are for a person, many are nobody's.
      for (let i = 0; i < 12; i += 1) {
        world.worktree('quest-3', `runs/run${i}/metrics.json`, JSON.stringify({ i }));
        await row(`metrics-${i}`, null, 'residual', { filename: 'metrics.json' });
      }
      world.worktree('quest-3', 'x/labels.csv', csv('labels a'));
      world.worktree('quest-3', 'y/labels.csv', csv('labels b'));
      await row('few', null, 'needs_review', { filename: 'labels.csv' });

      // Of many contents with one name, a digest says which, even where only reading tells the digest.
      for (let i = 0; i < 7; i += 1) backup[`${prefix}runs/${i}/labels_all.csv`] = csv(`all ${i}`);
      const proven = { filename: 'labels_all.csv', file_sha256: sha256(csv('all 3')) };
      await row('proven', null, 'to_bind', proven);
      bound.set('proven', csv('all 3'));

      // Cut off, and rejected in the strongest tier with something weaker left.
      world.worktree('quest-1', 'datasets/cut.csv', 'gene,tissue,tpm\nA,liver,1\nB,li');
      await row('cut', 'datasets/cut.csv', 'needs_review');
      world.worktree('quest-1', 'datasets/page.csv', HTML);
      world.worktree('quest-2', 'elsewhere/page.csv', csv('weaker'));
      await row('weaker', 'datasets/page.csv', 'needs_review');
    }

    beforeAll(async () => {
      world = await RecoveryWorld.create();
      await plant();
      world.archive(ARCHIVE, backup, {
        listing: null,
        prepare: (directory) => {
          const place = join(directory, prefix, 'datasets/only_link.csv');
          symlinkSync(`../.git/annex/objects/aa/bb/${GONE_KEY}/${GONE_KEY}`, place);
        },
      });
      plantListings(world, prefix);
      // A repository that means ill: it is asked for nothing that these say.
      execFileSync('mkfifo', [join(world.base, 'fifo')]);
      for (const [key, value] of [
        ['mailmap.file', join(world.base, 'fifo')],
        ['log.mailmap', 'true'],
        ['core.fsmonitor', `touch ${join(world.base, 'ran')}`],
        ['core.pager', `touch ${join(world.base, 'ran')}`],
        ['diff.external', `touch ${join(world.base, 'ran')}`],
      ] as const)
        world.git('config', key, value);
    }, 240_000);
    afterAll(() => world.close());

    it('listings that are none make a search incomplete, and a source that fails loses nothing', async () => {
      // Before anything was bound or remembered.
      const fresh = async (more: object): Promise<PlanDocument> => {
        rmSync(join(world.base, 'cache'), { recursive: true, force: true });
        return (await world.plan({ ...tweaks, ...more })).plan;
      };
      const plan = await fresh({});
      expect(plan.sources[2]).toMatchObject({ state: 'scoped' });
      for (const id of Object.keys(NO_LISTINGS)) {
        const row = planRow(plan, `listing-${id}`);
        expect([id, row.status]).toEqual([id, 'residual']);
        expect(row.failure_mode).toContain(`${Object.keys(NO_LISTINGS).length} listings unreadable`);
      }
      const failed = await world.plan({ ...tweaks, sources: [...world.sources(), promisor(world)] });
      expect(failed.exitCode).toBe(3);
      expect(failed.plan.sources.at(-1)).toMatchObject({
        state: 'failed',
        errors: [expect.stringContaining('is a partial clone')],
      });
      for (const row of failed.plan.rows) {
        const without = planRow(plan, row.id).status;
        const lost =
          without === 'residual' ||
          without === 'rejected' ||
          row.id.endsWith('-hint') ||
          row.id === 'similar';
        expect([row.id, row.status]).toEqual([row.id, lost ? 'undecided' : without]);
      }
      expect(existsSync(join(world.base, 'ran'))).toBe(false);
    });

    it('every row is decided consistently, nothing is bound wrongly, and no row in review is noise', async () => {
      // One archive, first with nothing next to it, then with a listing, then with an index: nothing is remembered.
      const fresh = async (): Promise<PlanDocument> => {
        rmSync(join(world.base, 'cache'), { recursive: true, force: true });
        return (await world.plan({ ...tweaks, scanUnlisted: true })).plan;
      };
      const byScan = await fresh();
      world.list(ARCHIVE);
      const byListing = await fresh();
      await world.index(ARCHIVE);
      const plan = await fresh();
      expect(decisions(byListing)).toEqual(decisions(plan));
      expect(decisions(byScan)).toEqual(decisions(plan));
      expect(existsSync(join(world.base, 'ran'))).toBe(false);
      const got = Object.fromEntries(plan.rows.map((one) => [one.id, one.status]));
      expect(got).toEqual(Object.fromEntries(wanted));
      expect(planRow(plan, 'similar').similar).toMatchObject([{ member: expect.stringContaining('nb-sda') }]);
      expect(planRow(plan, 'several-similar').similar).toHaveLength(3);
      expect(planRow(plan, 'metrics-1')).toMatchObject({ rule: '10-generic', places: 12 });
      expect(planRow(plan, 'trial-1').similar).toEqual([]);
      for (const one of plan.rows) expect(JSON.stringify(one).length, one.id).toBeLessThan(20_000);
      for (const id of [...Object.keys(IMPOSTORS), 'link'])
        expect(planRow(plan, `impostor-${id}`).failure_mode, id).toMatch(REASONS[id] ?? / nothing /);
      // Every row without a file says what was expected, and is in the report.
      for (const one of plan.rows) {
        if (one.status !== 'residual' && one.status !== 'rejected') continue;
        expect(one.failure_mode, one.id).toContain(`expected ${one.expected[0]}`);
      }
      const report = await reportOf(plan);
      const listed = new Set([...report.matchAll(/"id": ?"([^"]+)"/g)].map(([, id]) => id));
      expect([...wanted.keys()].filter((id) => !listed.has(id))).toEqual([]);
      expect(planRow(plan, 'listing-cut').failure_mode).toContain('1 listing truncated');
      expect(planRow(plan, 'listing-foreign').failure_mode).toContain('the archive does not contain it');
      // A plan that somebody edited, with a digest that is right: nothing that was ruled out is bound.
      const before = treeOf(world.root);
      const changed = edited(plan, placeOf);
      expect(changed.rows.length).toBeGreaterThan(20);
      const { summary } = await world.apply(changed, tweaks);
      expect(summary).toMatchObject({ bound: 0, refused: changed.rows.length });
      expect(treeOf(world.root)).toEqual(before);
      await world.apply(plan, tweaks);
      for (const [id, content] of bound) {
        const { file_path: path } = await world.stored(id);
        expect([id, readFileSync(placeOf(path ?? ''), 'utf8')]).toEqual([id, content]);
      }
    });

    it('a hint that a person accepts is bound; when it changes, the row stays with the person', async () => {
      const first = (await world.plan(tweaks)).plan;
      const hint = planRow(first, 'similar').similar?.[0];
      if (hint === undefined) throw new Error('no hint');
      const ports = {
        artifacts: world.artifacts.reader,
        ledger: new PostgresRecoveryLedger(world.database, 'salvor.artifacts'),
        actor: 'test',
      };
      await acceptCandidate(first, 'similar', { cid: hint.cid, note: null }, ports);
      expect(planRow((await world.plan(tweaks)).plan, 'similar')).toMatchObject({
        status: 'to_bind',
        rule: '2-approved',
      });
      world.worktree('quest-1', 'datasets/nb-sda-2026-04-01-gap-6beaef.csv', csv('changed'));
      world.worktree('quest-2', 'datasets/nb-sda-2026-04-01-gap-6beaef.csv', csv('changed'));
      world.worktree('quest-1', 'datasets/SDA-2026-04-01-gap-6beaef.csv', csv('machine'));
      expect(planRow((await world.plan(tweaks)).plan, 'similar')).toMatchObject({
        status: 'needs_review',
        rule: '2-changed',
      });
      expect(world.findings.map((one) => one.code)).toContain('candidate.changed');
    });
  });
}
