import { chown, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../../src/registry/database.js';
import { findBinaries } from '../../../src/registry/embedded/binaries.js';
import { directoryFailure, requireOwnDirectory } from '../../../src/registry/embedded/directory-failure.js';
import { linkLibraries } from '../../../src/registry/embedded/library-links.js';
import { asAccount, chooseAccount } from '../../../src/registry/embedded/os-account.js';
import { claimPlace } from '../../../src/registry/embedded/paths.js';
import { isSame, processIdentityOf } from '../../../src/registry/embedded/process-identity.js';
import { openEmbedded } from '../../../src/registry/embedded/server.js';
import { logSince, prepareLog, startFailure } from '../../../src/registry/embedded/server-log.js';
import { tryStartLock } from '../../../src/registry/embedded/start-lock.js';
import { postmasterPid } from '../../support/postgres.js';

let base: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'salvor-embedded-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

describe('an embedded registry', () => {
  it('is a private directory with a server without a TCP port, and keeps what was written', async () => {
    const directory = join(base, 'state', 'registry');
    const url = `embedded:${directory}`;
    const first = await connect(url);
    expect(first).toMatchObject({ kind: 'embedded', location: url });
    await first.query('create table public.t as select 1 as n');
    const { rows } = await first.query(
      "select current_setting('listen_addresses') as tcp, current_setting('fsync') as f",
    );
    expect(rows).toEqual([{ tcp: '', f: 'on' }]);
    await first.close();
    await first.close();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await readFile(join(directory, 'postgres.log'), 'utf8')).toContain('ready to accept connections');
    const second = await connect(url);
    expect((await second.query('select n from public.t')).rows).toEqual([{ n: 1 }]);
    await second.close();
    expect(await postmasterPid(directory)).toBeUndefined();
  });

  it('whose path is too long for a socket, or odd, uses a short private directory that it remembers', async () => {
    const directory = join(base, `with, comma and "quotes" ${'x'.repeat(100)}`);
    const a = await openEmbedded(directory);
    const place = await readFile(join(directory, 'socket-directory'), 'utf8');
    expect(a.address.host).toBe(place);
    expect((await stat(place)).mode & 0o777).toBe(0o700);
    const b = await connect(`embedded:${directory}`);
    await a.close();
    expect((await b.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    await b.close();
    await rm(place, { recursive: true });
    const again = await openEmbedded(directory);
    expect(again.address.host).toBe(place);
    await again.close();
    await rm(place, { recursive: true });
    // Somebody else's directory under that name is not used.
    await symlink(base, place);
    const elsewhere = await openEmbedded(directory);
    expect(elsewhere.address.host).not.toBe(place);
    await elsewhere.close();
    await rm(place);
    await rm(elsewhere.address.host, { recursive: true });
  });

  it('whose path goes through a link is the one that the link points to', async () => {
    await mkdir(join(base, 'real'));
    await symlink(join(base, 'real'), join(base, 'link'));
    const a = await openEmbedded(join(base, 'real'));
    const b = await openEmbedded(join(base, 'link'));
    expect(b.address).toEqual(a.address);
    await a.close();
    await b.close();
  });

  it('refuses a directory with other files in it, and does not change it', async () => {
    await writeFile(join(base, 'thesis.tex'), '');
    const mode = (await stat(base)).mode;
    await expect(connect(`embedded:${base}`)).rejects.toMatchObject({
      code: 'registry.embedded_directory',
      exitCode: 2,
    });
    expect((await stat(base)).mode).toBe(mode);
  });

  it('refuses a path that is no directory', async () => {
    await writeFile(join(base, 'file'), '');
    await expect(connect(`embedded:${join(base, 'file')}`)).rejects.toMatchObject({
      code: 'registry.embedded_directory',
    });
  });

  it('refuses data of another major version', async () => {
    const directory = join(base, 'registry');
    await mkdir(join(directory, 'data'), { recursive: true });
    await writeFile(join(directory, 'data', 'PG_VERSION'), '15\n');
    await expect(connect(`embedded:${directory}`)).rejects.toMatchObject({
      code: 'registry.embedded_version',
    });
  });

  it('that cannot start reports the reason from its log', async () => {
    const directory = join(base, 'registry');
    await (await openEmbedded(directory)).close();
    await writeFile(join(directory, 'data', 'postgresql.auto.conf'), 'no_such_setting = 1\n');
    await expect(connect(`embedded:${directory}`)).rejects.toMatchObject({
      code: 'registry.unavailable',
      message: expect.stringContaining('no_such_setting'),
    });
  });
});

describe('the parts of the launcher', () => {
  it('there are binaries for four platforms, and a failure that names them for others', () => {
    expect(findBinaries().major).toBe(18);
    expect(() => findBinaries('win32-x64')).toThrow(
      expect.objectContaining({
        code: 'registry.embedded_unsupported',
        hint: expect.stringMatching(/linux-x64.*darwin-arm64/),
      }),
    );
  });

  it('missing links of libraries are made, and wrong ones in the way are replaced', async () => {
    const native = join(base, 'native');
    await mkdir(join(native, 'lib'), { recursive: true });
    const links = [
      { source: 'native/lib/liba.so.1.2', target: 'native/lib/liba.so.1' },
      { source: '../outside', target: 'native/lib/evil' },
    ];
    await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links));
    const both = await Promise.all([
      linkLibraries(native, join(base, 'x')),
      linkLibraries(native, join(base, 'x')),
    ]);
    expect(both).toEqual([undefined, undefined]);
    expect(await readlink(join(native, 'lib', 'liba.so.1'))).toBe('liba.so.1.2');
    await expect(readlink(join(native, 'lib', 'evil'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('an account is itself, a namespace, or another that owns the directory', () => {
    expect(asAccount({ kind: 'self' }, 'p', ['a'])).toEqual({ command: 'p', args: ['a'], identity: {} });
    expect(asAccount({ kind: 'other', uid: 7, gid: 8 }, 'p', [])).toMatchObject({
      identity: { uid: 7, gid: 8 },
    });
    expect(asAccount({ kind: 'namespace', uid: 7, gid: 8 }, 'p', ['a'])).toMatchObject({
      command: 'unshare',
      args: ['-U', '--map-user=7', '--map-group=8', '--', 'p', 'a'],
    });
    const kind = chooseAccount(base).kind;
    expect(process.geteuid?.() === 0 ? ['namespace', 'other'] : ['self']).toContain(kind);
  });

  it('a start lock is held by one process, and taken over from a dead one', async () => {
    const path = join(base, 'start.lock');
    const unlock = await tryStartLock(path);
    expect(await tryStartLock(path)).toBeUndefined();
    await unlock?.();
    await writeFile(path, JSON.stringify({ pid: process.pid, started: 'another process of that number' }));
    const taken = await tryStartLock(path);
    expect(taken).toBeDefined();
    await taken?.();
    await writeFile(path, 'half a li');
    expect(await tryStartLock(path)).toBeUndefined();
  });

  it('a process is distinguished from another with the same PID', () => {
    const self = processIdentityOf(process.pid);
    expect(self && isSame(self)).toBe(true);
    expect(isSame({ pid: process.pid, started: 'long ago' })).toBe(false);
    expect(processIdentityOf(2 ** 30)).toBeUndefined();
  });

  it('a long log is moved aside, and only new lines are read', async () => {
    const log = join(base, 'postgres.log');
    await writeFile(log, 'old\n');
    const from = await prepareLog(base);
    await writeFile(log, 'new\n', { flag: 'a' });
    expect(await logSince(base, from)).toBe('new\n');
    await writeFile(log, Buffer.alloc(11 * 1024 * 1024));
    expect(await prepareLog(base)).toBe(0);
    expect((await stat(`${log}.1`)).size).toBe(11 * 1024 * 1024);
    expect(await logSince(base, 0)).toBe('');
  });

  it.each([
    ['FATAL:  could not write to file: No space left on device', 'registry.disk_full'],
    ['initdb: error: could not access directory: Permission denied', 'registry.denied'],
    ['FATAL:  something else', 'registry.unavailable'],
    ['', 'registry.unavailable'],
  ])('%j is a failure with a code', (log, code) => {
    expect(startFailure('/d', 'it ended', log)).toMatchObject({ code, exitCode: 3 });
  });

  it('on a network file system another host does not start a second server', async () => {
    const shared = () => Promise.resolve(true);
    const file = join(base, 'data', 'postmaster.pid');
    await mkdir(join(base, 'data'));
    await claimPlace(base, 'a', shared);
    await writeFile(file, '4711\n');
    await claimPlace(base, 'a', shared);
    await expect(claimPlace(base, 'b', shared)).rejects.toMatchObject({
      code: 'registry.embedded_elsewhere',
    });
    await rm(file);
    await claimPlace(base, 'b', shared);
    await writeFile(file, '4711\n');
    await expect(claimPlace(base, 'a', shared)).rejects.toThrow(/host b/);
    await claimPlace(base, 'a', () => Promise.resolve(false));
  });
});

describe('an embedded registry whose directory is in use or belongs to someone else', () => {
  it.each(['data', 'start.lock', 'postgres.log'])('says so where %s is something else', async (name) => {
    const directory = join(base, 'registry');
    await mkdir(directory);
    if (name === 'data') await writeFile(join(directory, name), 'not a directory');
    else await mkdir(join(directory, name, 'deep'), { recursive: true });
    await expect(openEmbedded(directory)).rejects.toMatchObject({
      code: expect.stringMatching(/^registry\.(embedded_directory|unavailable|denied)$/),
      hint: expect.any(String),
    });
  });

  it('reports a full disk in any of the phrasings of PostgreSQL', () => {
    const said = 'FATAL:  could not extend file "base/1/1249": wrote only 4096 of 8192 bytes at block 3';
    expect(startFailure(base, 'the database could not be created', said).code).toBe('registry.disk_full');
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(directoryFailure(base, error)).toMatchObject({ code: 'registry.disk_full' });
    expect(directoryFailure(base, new TypeError('a bug'))).toBeInstanceOf(TypeError);
  });

  it('is refused to root if the directory belongs to another user, except for the user who called sudo', async () => {
    const directory = join(base, 'registry');
    await mkdir(directory);
    if (process.geteuid?.() === 0) await chown(directory, 12_345, 12_345);
    const owner = (await stat(directory)).uid;
    const refusal = { code: 'registry.embedded_owner', hint: expect.stringContaining('sudo -u') };
    expect(failureOf(() => requireOwnDirectory(directory, { euid: 0, sudoUid: undefined }))).toMatchObject(
      refusal,
    );
    expect(
      failureOf(() => requireOwnDirectory(directory, { euid: 0, sudoUid: String(owner) })),
    ).toBeUndefined();
    expect(failureOf(() => requireOwnDirectory(directory, { euid: owner }))).toBeUndefined();
    expect(failureOf(() => requireOwnDirectory(join(base, 'absent'), { euid: 0 }))).toBeUndefined();
  });
});

function failureOf(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
