import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestTree {
  directory: string;
  remove(): void;
}

/** A directory with every kind of file that an ordinary user can make, and names that are hard to print. */
export function makeTree(): TestTree {
  const directory = mkdtempSync(join(tmpdir(), 'salvor-tree-'));
  const at = (name: string): string => join(directory, 'tree', name);
  mkdirSync(at('dir/sub'), { recursive: true });
  const files: [string, string | Buffer][] = [
    ['empty', ''],
    ['a b', 'spaces'],
    ['new\nline', 'x'.repeat(511)],
    ['tab\tx', 'x'.repeat(512)],
    ['back\\slash', 'x'.repeat(513)],
    ['ümläut', 'ü'],
    ['emoji\u{1f600}', 'e'],
    ['quote"\'', 'q'],
    ['ctrl\x01\x7f', 'c'],
    ['dir/sub/deep', Buffer.alloc(100_000, 'deep ')],
    ['n'.repeat(180), 'long name'],
    [`dir/${'d'.repeat(90)}`, 'prefix'],
  ];
  for (const [name, content] of files) writeFileSync(at(name), content);
  writeFileSync(Buffer.concat([Buffer.from(at('not-utf8-')), Buffer.from([0xff, 0xfe])]), 'bytes');
  symlinkSync('a b', at('sym'));
  symlinkSync('t'.repeat(150), at('long-sym'));
  linkSync(at('a b'), at('hard'));
  writeFileSync(at('sparse'), '');
  truncateSync(at('sparse'), 3_000_000);
  execFileSync('mkfifo', [at('fifo')]);
  chmodSync(at('a b'), 0o4755);
  chmodSync(at('dir'), 0o1777);
  chmodSync(at('ümläut'), 0o2644);
  writeFileSync(at('old'), 'old');
  utimesSync(at('old'), -1000.5, -1000.5);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** The archive that GNU tar writes for a tree; tar omits members that a format cannot represent. */
export function tarOf(tree: TestTree, ...options: string[]): Buffer {
  try {
    return run(['-c', '--sort=name', ...options, '-C', tree.directory, 'tree']);
  } catch (error) {
    const { stdout } = error as { stdout?: Buffer };
    if (stdout !== undefined && stdout.length > 0) return stdout;
    throw error;
  }
}

/** What `tar -tvf` prints for an archive, in a UTF-8 locale. */
export function tarListing(archive: Buffer, ...options: string[]): string {
  return run(['-tv', ...options], archive).toString('latin1');
}

function run(args: string[], input: Buffer = Buffer.alloc(0)): Buffer {
  return execFileSync('tar', ['-f', '-', ...args], {
    input,
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}
