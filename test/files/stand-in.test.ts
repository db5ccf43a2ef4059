import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { annexKeyOf } from '../../src/files/annex-key.js';
import {
  describeStandIn,
  STAND_IN_LIMIT_BYTES,
  sha256Of,
  standInOf,
  standInOfLink,
} from '../../src/files/stand-in.js';

const oid = '0123456789abcdef'.repeat(4);
const md5 = 'fedcba9876543210'.repeat(2);
const LFS = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 12345\n`;
const of = (text: string, name?: string) => standInOf(Buffer.from(text), name);

describe('Git LFS pointers', () => {
  const expected = { kind: 'git-lfs', digest: { algorithm: 'sha256', hex: oid }, sizeBytes: 12345 };
  const spellings: Record<string, Buffer> = {
    plain: Buffer.from(LFS),
    'CR LF': Buffer.from(LFS.replaceAll('\n', '\r\n')),
    'CR only': Buffer.from(LFS.replaceAll('\n', '\r')),
    'no last line end': Buffer.from(LFS.trimEnd()),
    'a BOM': Buffer.from(`\ufeff${LFS}`),
    'a BOM and CR LF': Buffer.from(`\ufeff${LFS.replaceAll('\n', '\r\n')}`),
    'UTF-16, as PowerShell writes': Buffer.from(`\ufeff${LFS}`, 'utf16le'),
    'UTF-16, big-endian': Buffer.from(`\ufeff${LFS}`, 'utf16le').swap16(),
    'an extension': Buffer.from(LFS.replace('oid', `ext-0-foo sha256:${oid}\noid`)),
    'its name before 1.0': Buffer.from(LFS.replace('git-lfs.github.com', 'hawser.github.com')),
  };
  for (const [name, content] of Object.entries(spellings)) {
    it(name, () => expect(standInOf(content)).toEqual(expected));
  }

  it('are not detected if content only starts like one', () => {
    expect(of(LFS.padEnd(1024))).toBeUndefined();
    expect(of(`# ${LFS}`)).toBeUndefined();
    expect(of(LFS.replace('spec/v1', 'spec/v10'))).toBeUndefined();
    expect(of('version,https\n1,2\n')).toBeUndefined();
  });
});

describe('git-annex pointers', () => {
  const key = `SHA256E-s104857600--${oid}.nii.gz`;
  const expected = {
    kind: 'git-annex',
    digest: { algorithm: 'sha256', hex: oid },
    sizeBytes: 104857600,
    key,
  };

  it('files: the first line counts, whatever follows, up to 32 KiB', () => {
    for (const text of [
      `/annex/objects/${key}\n`,
      `/annex/objects/${key}`,
      `/annex/objects/${key}\r\n`,
      `\ufeff/annex/objects/${key}\n`,
      `/annex/objects/${key}\nmore text\n`,
      `/annex/objects/${key}\n`.padEnd(STAND_IN_LIMIT_BYTES, 'x'),
      `../../.git/annex/objects/Xx/Yy/${key}/${key}`,
    ]) {
      expect(of(text), text.slice(0, 40)).toEqual(expected);
    }
    expect(of(`/annex/objects/${key}\n`.padEnd(STAND_IN_LIMIT_BYTES + 1, 'x'))).toBeUndefined();
    expect(of(` /annex/objects/${key}\n`)).toBeUndefined();
    expect(of(`see /annex/objects/${key}\n`)).toBeUndefined();
  });

  it('links: the target counts', () => {
    expect(standInOfLink(`../.git/annex/objects/Xx/Yy/${key}/${key}`)).toEqual(expected);
    expect(standInOfLink(`.git/modules/sub/annex/objects/Xx/Yy/${key}/${key}`)).toEqual(expected);
    expect(standInOfLink('../data/file.csv')).toBeUndefined();
  });

  it('keys say a digest, a size, both or neither', () => {
    expect(annexKeyOf(`MD5E-s7--${md5}.csv`)).toEqual({
      digest: { algorithm: 'md5', hex: md5 },
      sizeBytes: 7,
    });
    expect(annexKeyOf(`SHA256--${oid}`)).toMatchObject({ sizeBytes: null, digest: { hex: oid } });
    expect(annexKeyOf('WORM-s3-m1415814398--video.mp4')).toEqual({ digest: null, sizeBytes: 3 });
    expect(annexKeyOf('URL--http&c%%example.org%x')).toEqual({ digest: null, sizeBytes: null });
    expect(annexKeyOf(`SHA256E-s1048576-S1000-C2--${oid}.x`)).toMatchObject({ sizeBytes: null });
    expect(annexKeyOf(`SHA256E--${oid}0.x`)).toMatchObject({ digest: null });
    expect(annexKeyOf('report-2026--final.csv')).toBeUndefined();
  });
});

describe('other stand-ins', () => {
  it('DVC files of one output say an MD5 and a size; several outputs and directories say neither', () => {
    const one = `outs:\n- md5: ${md5}\n  size: 14445097\n  hash: md5\n  path: data.xml\n`;
    const stated = {
      kind: 'dvc',
      digest: { algorithm: 'md5', hex: md5 },
      sizeBytes: 14445097,
      output: 'data.xml',
    };
    expect(of(one)).toEqual(stated);
    expect(of(one.replaceAll('\n', '\r\n'))).toEqual(stated);
    expect(of(one.replace(md5, `${md5}.dir`))).toMatchObject({ kind: 'dvc', digest: null });
    expect(of('outs:\n- a: 1\n')).toBeUndefined();
  });

  it('links that were stored as files', () => {
    expect(of('../target.csv', 'x.csv.rclonelink')).toMatchObject({ kind: 'rclone-link' });
    expect(of('!<symlink>\xff\xfet\0')).toMatchObject({ kind: 'link-file' });
    expect(of(`XSym\n0010\n${md5}\n`.padEnd(1067))).toMatchObject({ kind: 'link-file' });
    expect(of('../target.csv', 'x.csv')).toBeUndefined();
  });
});

it('ordinary contents are no stand-ins, and nothing throws', () => {
  expect(of('')).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const one = standInOf(bytes);
      if (one !== undefined) expect(['link-file', 'git-annex']).toContain(one.kind);
    }),
  );
});

it('is described with what it states', () => {
  const one = of(LFS);
  expect(one && describeStandIn(one)).toBe(`a Git LFS pointer to ${oid}`);
  expect(one && sha256Of(one)).toBe(oid);
  const annexed = of(`/annex/objects/MD5E-s7--${md5}.csv`);
  expect(annexed && describeStandIn(annexed)).toBe(`a git-annex pointer to md5 ${md5}`);
  expect(annexed && sha256Of(annexed)).toBeNull();
});
