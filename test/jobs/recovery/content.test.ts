import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkContent,
  deferredCheck,
  runsCodeWhenLoaded,
} from '../../../src/jobs/recovery/evidence/content/check.js';
import { HEAD_BYTES, Sampler, TAIL_BYTES } from '../../../src/jobs/recovery/evidence/content/sample.js';
import { caseCount } from '../../support/property-runs.js';

function sampled(bytes: Uint8Array, width = 65_536): ReturnType<Sampler['sample']> {
  const sampler = new Sampler();
  for (let at = 0; at < bytes.length; at += width) sampler.push(bytes.subarray(at, at + width));
  return sampler.sample();
}
const check = (name: string, content: string | Uint8Array): string =>
  checkContent(name, sampled(typeof content === 'string' ? Buffer.from(content) : content)).state;

const u32 = (n: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n);
  return b;
};
const u64 = (n: number): Buffer => {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(n));
  return b;
};
const npyHeader = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }".padEnd(117, ' ');
const tensors = JSON.stringify({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } });

/** One whole, small file of each format that has a check. */
const GOOD: Record<string, Buffer> = {
  'a.csv': Buffer.from('gene,tpm\nTP53,1.5\n'),
  'a.tsv': Buffer.from('gene\ttpm\nTP53\t1.5\n'),
  'a.json': Buffer.from('{"a": [1, NaN, -Infinity]}'),
  'a.jsonl': Buffer.from('{"a":1}\n{"a":2}\n'),
  'a.ipynb': Buffer.from('{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}'),
  'a.parquet': Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(20), u32(20), Buffer.from('PAR1')]),
  'a.npy': Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from([118, 0]),
    Buffer.from(`${npyHeader}\n`),
    Buffer.alloc(24),
  ]),
  'a.h5': Buffer.concat([
    Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'),
    Buffer.from([2, 8, 8, 0]),
    u64(0),
    u64(0),
    u64(96),
    Buffer.alloc(60),
  ]),
  'a.pkl': Buffer.from([0x80, 4, 0x95, 0, 0, 0, 0, 0x2e]),
  'a.joblib': deflateSync(Buffer.from('pickled')),
  'a.pt': Buffer.concat([
    Buffer.from('PK\x03\x04'),
    Buffer.alloc(30),
    Buffer.from('PK\x05\x06'),
    Buffer.alloc(18),
  ]),
  'a.safetensors': Buffer.concat([u64(tensors.length), Buffer.from(tensors), Buffer.alloc(8)]),
  'a.png': Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'),
    Buffer.alloc(30),
    Buffer.from('\0\0\0\0IEND\xae\x42\x60\x82', 'latin1'),
  ]),
  'a.pdf': Buffer.from('%PDF-1.7\n…\nstartxref\n9\n%%EOF\n'),
  'a.npz': Buffer.concat([
    Buffer.from('PK\x03\x04'),
    Buffer.alloc(30),
    Buffer.from('PK\x05\x06'),
    Buffer.alloc(18),
  ]),
  'a.gz': gzipSync('x'),
  'a.feather': Buffer.from('ARROW1\0\0…ARROW1'),
};

const HTML = '\n<!DOCTYPE html><html><body>Please log in</body></html>';
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`;
const S3_ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>';

describe('content checks', () => {
  it('a whole file of each format passes', () => {
    for (const [name, bytes] of Object.entries(GOOD))
      expect([name, check(name, bytes)]).toEqual([name, 'pass']);
  });

  it('empty, a page, a store error and a Git LFS pointer fail under every name', () => {
    for (const name of Object.keys(GOOD)) {
      for (const wrong of ['', HTML, S3_ERROR, POINTER])
        expect([name, check(name, wrong)]).toEqual([name, 'fail']);
    }
    expect(check('a.unknown', '')).toBe('fail');
    expect(check('a.unknown', POINTER)).toBe('fail');
    expect(check('a.unknown', 'x')).toBe('unknown');
  });

  it('one format under the name of another fails, but for those that share their structure', () => {
    const same = (a: string, b: string): boolean =>
      [
        ['a.npz', 'a.pt'],
        ['a.csv', 'a.tsv'],
        ['a.pkl', 'a.joblib'],
        ['a.json', 'a.ipynb'],
        ['a.json', 'a.jsonl'],
        ['a.jsonl', 'a.ipynb'],
        ['a.pkl', 'a.gz'],
        ['a.joblib', 'a.gz'],
        ['a.pt', 'a.pkl'],
        ['a.csv', 'a.pdf'],
        ['a.tsv', 'a.pdf'],
      ].some((pair) => pair.includes(a) && pair.includes(b)) || a === b;
    for (const name of Object.keys(GOOD)) {
      for (const [other, bytes] of Object.entries(GOOD)) {
        if (!same(name, other)) expect([name, other, check(name, bytes)]).toEqual([name, other, 'fail']);
      }
    }
  });

  it('a format with an end marker fails if it was cut off anywhere', () => {
    for (const name of [
      'a.json',
      'a.ipynb',
      'a.parquet',
      'a.npy',
      'a.h5',
      'a.pkl',
      'a.pt',
      'a.safetensors',
      'a.png',
      'a.pdf',
      'a.npz',
      'a.feather',
    ]) {
      const whole = GOOD[name] ?? Buffer.alloc(0);
      for (let cut = 0; cut < whole.length - 1; cut += 1) {
        expect(['fail', 'cut'], `${name} at ${cut}`).toContain(check(name, whole.subarray(0, cut)));
      }
    }
  });

  it('a large JSON document that was cut off fails by its ends', () => {
    const rows = JSON.stringify(Array.from({ length: 100_000 }, (_, i) => ({ gene: `G${i}`, tpm: i })));
    expect(rows.length).toBeGreaterThan(HEAD_BYTES);
    expect(check('a.json', rows)).toBe('pass');
    expect(check('a.json', rows.slice(0, -1))).toBe('cut');
  });

  it('content that starts correctly and ends too early is reported as cut', () => {
    const table = 'gene,tissue,tpm\nA,liver,1\n"B, C",lung,2\n';
    expect(check('a.csv', table)).toBe('pass');
    expect(check('a.csv', `${table}D,li`)).toBe('cut');
    expect(check('a.csv', `${table}D,"li`)).toBe('cut');
    expect(check('a.tsv', 'gene\ttpm\nA\t1\nB')).toBe('cut');
    expect(check('a.csv', `${table}# made by hand\n`)).toBe('pass');
    expect(check('a.csv', 'title only\nx\n')).toBe('pass');
    const long = `a,b\n${'1,2\n'.repeat(400_000)}`;
    expect(check('a.csv', long)).toBe('pass');
    expect(check('a.csv', `${long}1`)).toBe('cut');
    expect(check('a.json', '{"a": [1, 2')).toBe('cut');
    expect(check('a.json', '{"a": 1} x')).toBe('fail');
    expect(check('a.jsonl', '{"a": 1}\n{"a":')).toBe('cut');
    const packed = gzipSync(table.repeat(100));
    expect(check('a.csv.gz', packed)).toBe('pass');
    expect(check('a.csv.gz', packed.subarray(0, -9))).toBe('cut');
    for (const name of ['a.parquet', 'a.npy', 'a.h5', 'a.png', 'a.npz']) {
      const whole = GOOD[name] ?? Buffer.alloc(0);
      expect([name, check(name, whole.subarray(0, -1))]).toEqual([name, 'cut']);
    }
  });

  it('binary under a table name fails; UTF-16 and Latin-1 are tables', () => {
    expect(check('a.csv', Buffer.from([1, 2, 3, 0, 5]))).toBe('fail');
    expect(check('a.csv', Buffer.from('\ufeffa,b\n', 'utf16le'))).toBe('pass');
    expect(check('a.csv', Buffer.from('caf\xe9,1\n', 'latin1'))).toBe('pass');
    expect(check('a.csv', '[{"a": 1}]')).toBe('fail');
  });

  it('nothing but zero bytes: whole, but probably not written', () => {
    for (const length of [1, 4096, HEAD_BYTES + TAIL_BYTES + 10]) {
      expect(check('a.bin', new Uint8Array(length))).toBe('cut');
      const last = new Uint8Array(length);
      last[length - 1] = 1;
      expect(check('a.bin', last)).toBe('unknown');
    }
    expect(check('a.csv', new Uint8Array(4096))).toBe('fail');
  });

  it('before the bytes are read: deferred if a check follows, failed if the size is zero', () => {
    expect(deferredCheck('a.csv', 3).state).toBe('deferred');
    expect(deferredCheck('a.csv', 0).state).toBe('fail');
    expect(deferredCheck('a.strange', 3).state).toBe('unknown');
  });

  it('formats that run code when loaded are known as such', () => {
    expect(['a.pkl', 'a.pickle', 'a.joblib', 'a.PT', 'a.pth'].map(runsCodeWhenLoaded)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(['a.csv', 'a.safetensors', 'a'].map(runsCodeWhenLoaded)).toEqual([false, false, false]);
  });

  it('a sample is the first and last bytes, at every chunk width', () => {
    const bytes = Buffer.alloc(HEAD_BYTES + 3 * TAIL_BYTES, 'salvor');
    for (const width of [997, 65_536, TAIL_BYTES, HEAD_BYTES * 2]) {
      const sample = sampled(bytes, width);
      expect(sample.sizeBytes).toBe(bytes.length);
      expect(bytes.subarray(0, HEAD_BYTES).equals(sample.head)).toBe(true);
      expect(bytes.subarray(-TAIL_BYTES).equals(sample.tail)).toBe(true);
    }
  });

  it('any bytes under any name: an answer, never an exception', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(GOOD)),
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(20),
        (name, noise, keep) => {
          const whole = GOOD[name] ?? Buffer.alloc(0);
          const state = check(name, Buffer.concat([whole.subarray(0, keep), Buffer.from(noise)]));
          expect(['pass', 'fail', 'cut']).toContain(state);
        },
      ),
      { numRuns: caseCount(500) },
    );
  });
});
