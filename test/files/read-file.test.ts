import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FoundFile, ReadResult } from '../../src/files/port.js';
import { type ReadCalls, readFile, systemCalls } from '../../src/files/read-file.js';
import { locateIn, type OpenRoot } from '../../src/files/safe-open.js';
import { createControl, ReadBudget, requestStop } from '../../src/files/shared-control.js';

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
const BUFFER_BYTES = 4096;

let base: string;
let root: OpenRoot;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'salvor-read-'));
  mkdirSync(join(base, 'root'));
  const path = join(base, 'root');
  root = { path, realPath: realpathSync.native(path, { encoding: 'buffer' }) };
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const at = (...parts: string[]): string => join(base, 'root', ...parts);
const locate = (path: string) => locateIn(root, 0, path);

function found(path: string): FoundFile {
  const answer = locate(path);
  if (answer.kind !== 'file') throw new Error(`${path}: ${answer.kind}`);
  return answer.file;
}

function read(file: FoundFile, calls: ReadCalls = systemCalls, control = createControl()): ReadResult {
  const budget = new ReadBudget(control);
  return readFile({ buffer: Buffer.alloc(BUFFER_BYTES), budget, calls }, file, root);
}

/** Something happens to the file once its first part was read. */
function meanwhile(happens: () => void): ReadCalls {
  let reads = 0;
  const hooked = ((...args: Parameters<typeof readSync>) => {
    reads += 1;
    if (reads === 2) happens();
    return readSync(...args);
  }) as typeof readSync;
  return { readSync: hooked };
}

function failingAfter(reads: number, code: string): ReadCalls {
  let left = reads;
  const hooked = ((...args: Parameters<typeof readSync>) => {
    left -= 1;
    if (left < 0) throw Object.assign(new Error(`${code}: i/o error, read`), { code });
    return readSync(...args);
  }) as typeof readSync;
  return { readSync: hooked };
}

describe('following a path', () => {
  it('finds files through links that stay inside the root, also under names that are not UTF-8', () => {
    const odd = Buffer.concat([Buffer.from(at('caf')), Buffer.from([0xe9])]);
    writeFileSync(odd, 'x');
    symlinkSync(odd, at('link.csv'));
    expect(read(found('link.csv'))).toMatchObject({ kind: 'hashed', sha256: sha256('x') });
  });

  it('refuses links that lead outside, for whole directories too', () => {
    writeFileSync(join(base, 'secret'), 'x');
    symlinkSync(join(base, 'secret'), at('link'));
    symlinkSync(base, at('up'));
    expect(locate('link')).toMatchObject({ kind: 'outside_root' });
    expect(locate('up/secret')).toMatchObject({ kind: 'outside_root' });
    expect(locate('up/root/../secret')).toMatchObject({ kind: 'outside_root' });
  });

  it('is not fooled by a root whose name starts with the name of this one', () => {
    mkdirSync(join(base, 'root2'));
    writeFileSync(join(base, 'root2', 'x'), 'x');
    symlinkSync(join(base, 'root2', 'x'), at('link'));
    expect(locate('link')).toMatchObject({ kind: 'outside_root' });
  });

  it('reports what is at the path if it is not a file, without opening it or waiting for it', async () => {
    mkdirSync(at('directory'));
    execFileSync('mkfifo', [at('fifo')]);
    symlinkSync('loop', at('loop'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
    const device = locateIn({ path: '/dev', realPath: Buffer.from('/dev') }, 0, 'null');
    expect([locate('directory'), locate('fifo'), locate('socket'), device, locate('loop')]).toEqual([
      { kind: 'not_regular', reason: 'it is a directory' },
      { kind: 'not_regular', reason: 'it is a FIFO' },
      { kind: 'not_regular', reason: 'it is a socket' },
      { kind: 'not_regular', reason: 'it is a device' },
      { kind: 'not_regular', reason: 'the links in the path form a loop' },
    ]);
    await new Promise((resolve) => server.close(resolve));
  });

  it('reports that there is nothing: missing, below a file, a name that is too long, a dangling link', () => {
    writeFileSync(at('file'), 'x');
    symlinkSync('gone', at('dangling'));
    for (const path of ['gone', 'file/below', 'n'.repeat(300), 'dangling', 'file/']) {
      expect(locate(path), path).toMatchObject({ kind: 'no_file' });
    }
  });
});

describe('opening what was found', () => {
  it('notices if the file was replaced by another file, a link or a FIFO', () => {
    for (const replace of [
      () => writeFileSync(at('a'), 'other'),
      () => symlinkSync('/etc/passwd', at('a')),
      () => execFileSync('mkfifo', [at('a')]),
    ]) {
      rmSync(at('a'), { force: true });
      writeFileSync(at('keep'), 'x');
      writeFileSync(at('a'), 'x');
      const file = found('a');
      renameSync(at('a'), at('moved'));
      replace();
      expect(read(file)).toEqual({ kind: 'unstable', reason: 'it was replaced' });
    }
  });

  it('notices a parent directory that became a link out of the root to the same file', () => {
    mkdirSync(at('sub'));
    writeFileSync(at('sub', 'a'), 'x');
    const file = found('sub/a');
    renameSync(at('sub'), join(base, 'outside'));
    symlinkSync(join(base, 'outside'), at('sub'));
    expect(read(file)).toEqual({ kind: 'unstable', reason: 'it was replaced' });
  });

  it('says that a file is gone', () => {
    writeFileSync(at('a'), 'x');
    const file = found('a');
    rmSync(at('a'));
    expect(read(file)).toMatchObject({ kind: 'no_file' });
  });
});

describe('reading a file to its end', () => {
  it.each([0, 1, BUFFER_BYTES - 1, BUFFER_BYTES, BUFFER_BYTES + 1, 3 * BUFFER_BYTES + 7])(
    'hashes %i bytes',
    (size) => {
      const content = Buffer.alloc(size, 'abc');
      writeFileSync(at('a'), content);
      expect(read(found('a'))).toMatchObject({
        kind: 'hashed',
        sha256: sha256(content),
        identity: { sizeBytes: size },
      });
    },
  );

  it('hashes a sparse file as what it reads as', () => {
    writeFileSync(at('sparse'), '');
    truncateSync(at('sparse'), 1 << 20);
    expect(read(found('sparse'))).toMatchObject({ kind: 'hashed', sha256: sha256(Buffer.alloc(1 << 20)) });
  });

  it.each<[string, () => void, string]>([
    ['grows', () => appendFileSync(at('a'), 'more'), 'it grew while it was being read'],
    [
      'grows for ever',
      () => appendFileSync(at('a'), 'x'.repeat(10 * BUFFER_BYTES)),
      'it grew while it was being read',
    ],
    ['shrinks', () => truncateSync(at('a'), 10), 'it shrank while it was being read'],
    [
      'is rewritten in place',
      () => writeFileSync(at('a'), 'y'.repeat(2 * BUFFER_BYTES)),
      'it changed while it was being read',
    ],
    ['is touched', () => utimesSync(at('a'), 1, 1), 'it changed while it was being read'],
    [
      'is replaced',
      () => {
        writeFileSync(at('b'), 'x');
        renameSync(at('b'), at('a'));
      },
      'it changed while it was being read',
    ],
  ])('calls a file that %s unstable', (_, happens, reason) => {
    writeFileSync(at('a'), 'x'.repeat(2 * BUFFER_BYTES));
    const file = found('a');
    expect(read(file, meanwhile(happens))).toEqual({ kind: 'unstable', reason });
  });

  it('reports a file as unstable if its path leads elsewhere afterwards', () => {
    mkdirSync(at('v1'));
    mkdirSync(at('v2'));
    writeFileSync(at('v1', 'a'), 'x'.repeat(2 * BUFFER_BYTES));
    writeFileSync(at('v2', 'a'), 'y');
    symlinkSync('v1', at('current'));
    const swap = (): void => {
      rmSync(at('current'));
      symlinkSync('v2', at('current'));
    };
    expect(read(found('current/a'), meanwhile(swap))).toEqual({
      kind: 'unstable',
      reason: 'its path led to a different file after it was read',
    });
  });

  it.each(['EIO', 'EACCES', 'ESTALE'])(
    'calls a file unreadable when a read in the middle fails with %s',
    (code) => {
      writeFileSync(at('a'), 'x'.repeat(3 * BUFFER_BYTES));
      expect(read(found('a'), failingAfter(1, code))).toEqual({ kind: 'unreadable', reason: code });
    },
  );

  it('stops between two reads when asked to', () => {
    writeFileSync(at('a'), 'x'.repeat(3 * BUFFER_BYTES));
    const control = createControl();
    expect(
      read(
        found('a'),
        meanwhile(() => requestStop(control)),
        control,
      ),
    ).toEqual({ kind: 'stopped' });
  });
});

describe('stand-ins', () => {
  const oid = 'a'.repeat(64);
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 12345\n`;
  const key = `SHA256E-s104857600--${oid}.csv`;

  it('are distinguished from content, and keep what they state about it', () => {
    const standIn = { kind: 'git-lfs', digest: { algorithm: 'sha256', hex: oid }, sizeBytes: 12345 };
    writeFileSync(at('p'), pointer);
    writeFileSync(at('crlf'), pointer.replaceAll('\n', '\r\n'));
    writeFileSync(at('torn'), 'version https://git-lfs.github.com/spec/v1\noid sha2');
    expect(read(found('p'))).toEqual({ kind: 'pointer', standIn });
    expect(read(found('crlf'))).toEqual({ kind: 'pointer', standIn });
    expect(read(found('torn'))).toMatchObject({ kind: 'pointer', standIn: { digest: null } });
  });

  it('are detected even if they are larger than one read', () => {
    writeFileSync(at('annexed'), `/annex/objects/${key}\n${'x'.repeat(3 * BUFFER_BYTES)}`);
    expect(read(found('annexed'))).toMatchObject({
      kind: 'pointer',
      standIn: { kind: 'git-annex', key, sizeBytes: 104857600 },
    });
  });

  it('a link of git-annex without its content is one, also behind another link', () => {
    symlinkSync(`.git/annex/objects/Xx/Yy/${key}/${key}`, at('locked.csv'));
    symlinkSync('locked.csv', at('alias.csv'));
    symlinkSync('nowhere.csv', at('broken.csv'));
    for (const name of ['locked.csv', 'alias.csv']) {
      expect(locate(name)).toMatchObject({ kind: 'pointer', standIn: { key, digest: { hex: oid } } });
    }
    expect(locate('broken.csv').kind).toBe('no_file');
  });

  it('are not detected in files that only look similar', () => {
    writeFileSync(at('large'), pointer.padEnd(1024));
    writeFileSync(at('other'), `# ${pointer}`);
    writeFileSync(at('v2'), pointer.replace('spec/v1', 'spec/v10'));
    for (const name of ['large', 'other', 'v2']) expect(read(found(name)).kind, name).toBe('hashed');
  });
});
