import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ELSEWHERE_SCHEMES, elsewhereOf } from '../../src/core/elsewhere.js';

describe('a file_path that is elsewhere', () => {
  const elsewhere = [
    's3://bucket/panels/gtex.csv',
    'S3://bucket/gtex.csv',
    's3:/bucket/gtex.csv',
    's3:bucket/gtex.csv',
    'https://example.org/d/x.csv',
    'https:/example.org/d/x.csv',
    'file:///data/x.csv',
    'file:/data/x.csv',
    'git+https://host/x',
    'git+ssh://host/x',
    'my_store://x',
    'simplecache::s3://bucket/x.csv',
    'jdbc:postgresql://host/db',
    'doi:10.5061/dryad.x',
    'DOI:10.5061/dryad.x',
    'osf:abc12',
    'ark:/13030/tf5p30086k',
    'ark:13030/x',
    'mlflow-artifacts:/0/run/artifacts/model.pkl',
    'urn:nbn:de:101:1-2019',
    'C:\\data\\x.csv',
    'c:/data/x.csv',
    'C://data/x.csv',
    '\\\\server\\share\\x.csv',
    ' s3://bucket/x.csv',
    '<https://example.org/x.csv>',
    '"s3://bucket/x.csv"',
    '\ts3://bucket/x.csv',
  ];
  for (const path of elsewhere) it(path, () => expect(elsewhereOf(path)).toBeDefined());

  it('is described in words', () => {
    expect(elsewhereOf('s3://b/x')).toBe('an s3: address');
    expect(elsewhereOf('doi:10.1/x')).toBe('a doi: address');
    expect(elsewhereOf('C:\\x')).toBe('a path on a Windows drive');
    expect(elsewhereOf('\\\\server\\x')).toBe('a path on a network share');
  });

  it('every scheme of the list counts in any case', () => {
    for (const scheme of ELSEWHERE_SCHEMES) expect(elsewhereOf(`${scheme.toUpperCase()}:x`)).toBeDefined();
  });
});

describe('an ordinary name', () => {
  const ordinary = [
    'gene:BRCA1.csv',
    'datasets/gene:BRCA1.csv',
    'chr1:1000-2000.bed',
    '2026-04-24T03:11.csv',
    'datasets/back\\slash-1.csv',
    'datasets/s3://x.csv',
    './s3:/x.csv',
    '/data/x.csv',
    '//data/x.csv',
    's3/x.csv',
    's3:',
    'a:b.csv',
    'C:x.csv',
    'notes: draft.txt',
    '\\x.csv',
    '',
  ];
  for (const path of ordinary) it(JSON.stringify(path), () => expect(elsewhereOf(path)).toBeUndefined());
});

it('docs/recovery.md lists every scheme', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/recovery.md'), 'utf8');
  for (const scheme of ELSEWHERE_SCHEMES) expect(docs).toContain(`\`${scheme}:\``);
});
