import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a reader of tars found: names in the order of the archive, and the SHA-256 of the files' contents by name. */
export interface PeerView {
  names: string[];
  /** Of several members of one name the last. */
  contents: Map<string, string>;
}

/** The other readers; `bsdtar` is not on every host. */
export type Peer = 'gnu' | 'python' | 'bsdtar';

/** What a peer reads in a tar. Its complaints do not count, only what it gives. */
export function readByPeer(peer: Peer, tar: Uint8Array): PeerView {
  return withFiles([tar], ([file = '']) => READERS[peer](file));
}

/** What Python reads in each of many tars, in one process: it takes longer to start than to read. */
export function readAllByPython(tars: readonly Uint8Array[]): PeerView[] {
  return withFiles(tars, pythonViews);
}

function withFiles<T>(tars: readonly Uint8Array[], read: (files: string[]) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'salvor-peer-'));
  try {
    const files = tars.map((_, i) => join(directory, `${i}.tar`));
    for (const [i, tar] of tars.entries()) writeFileSync(files[i] ?? '', tar);
    return read(files);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const PYTHON = `
import tarfile, hashlib, json, sys
views = []
for file in sys.argv[1:]:
    out = []
    with tarfile.open(file) as tar:
        try:
            for member in tar:
                digest = None
                if member.isreg():
                    digest = hashlib.sha256(tar.extractfile(member).read()).hexdigest()
                out.append([member.name, digest])
        except tarfile.TarError:
            pass
    views.append(out)
print(json.dumps(views))
`;

const BSDTAR = 'bsdtar';

const READERS: Record<Peer, (file: string) => PeerView> = {
  gnu: (file) => {
    const names = lines('tar', ['-Ptf', file]);
    const command = 'printf "%s\\n" "$TAR_FILENAME"; sha256sum | cut -c-64';
    const told = lines('tar', ['-Pxf', file, `--to-command=${command}`]);
    return { names: names.map(bare), contents: pairs(told) };
  },
  python: (file) => {
    const [view] = pythonViews([file]);
    if (view === undefined) throw new Error('Python gave nothing');
    return view;
  },
  bsdtar: (file) => {
    const names = lines('bsdtar', ['-Ptf', file]).map(bare);
    const contents = new Map<string, string>();
    for (const name of new Set(names)) {
      const { status, stdout } = spawnSync(BSDTAR, ['-PxOf', file, '--', name]);
      if (status === 0) contents.set(name, sha256(stdout));
    }
    return { names, contents };
  },
};

function pythonViews(files: string[]): PeerView[] {
  const listed = JSON.parse(execFileSync('python3', ['-c', PYTHON, ...files], { encoding: 'utf8' })) as [
    string,
    string | null,
  ][][];
  return listed.map((members) => {
    const contents = members.flatMap(([name, digest]) =>
      digest === null ? [] : [[bare(name), digest] as const],
    );
    return { names: members.map(([name]) => bare(name)), contents: new Map(contents) };
  });
}

function lines(program: string, args: string[]): string[] {
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const { stdout } = spawnSync(program, args, { env, encoding: 'utf8', maxBuffer: 1 << 28 });
  return stdout.split('\n').filter((line) => line !== '');
}

function pairs(told: string[]): Map<string, string> {
  const contents = new Map<string, string>();
  for (let i = 0; i + 1 < told.length; i += 2) contents.set(bare(told[i] ?? ''), told[i + 1] ?? '');
  return contents;
}

function bare(name: string): string {
  return name.replace(/\/+$/, '');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface Crafted {
  name: string;
  type: string;
  size?: number;
  /** Replaces fields of the header: offset and bytes. */
  fields?: readonly (readonly [number, string | Uint8Array])[];
  magic?: string;
}

/** One header block, its checksum right. */
export function craftHeader({ name, type, size = 0, fields = [], magic = 'ustar\x0000' }: Crafted): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 'latin1');
  block.write('0000644\x000000000\x000000000\x00', 100, 'latin1');
  block.write(`${size.toString(8).padStart(11, '0')}\x0014500000000\x00`, 124, 'latin1');
  block.write(type, 156, 'latin1');
  if ('12'.includes(type)) block.write('target', 157, 'latin1');
  block.write(magic, 257, 'latin1');
  for (const [at, bytes] of fields) block.set(Buffer.from(bytes as Uint8Array), at);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Bytes padded to whole blocks. */
export function padded(bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes as Uint8Array);
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** The end of a tar. */
export const TAR_END = Buffer.alloc(1024);
