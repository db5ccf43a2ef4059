import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedOf } from '../../../src/jobs/recovery/evidence/expected.js';
import { GENERIC_DIRECTORIES, genericReason } from '../../../src/jobs/recovery/evidence/generic.js';
import { NameMatcher } from '../../../src/jobs/recovery/evidence/matcher.js';
import { normalise } from '../../../src/jobs/recovery/evidence/normalise.js';
import type { MissingRow, TypeRule } from '../../../src/jobs/recovery/plan/row.js';

const rule: TypeRule = {
  directories: ['datasets'],
  extensions: ['.csv', '.parquet'],
  nameKeys: ['filename', 'path'],
  unrecoverable: [],
};
const row = (changes: Partial<MissingRow>): MissingRow => ({
  id: 'a1',
  artifactType: 'dataset',
  filePath: null,
  relativePath: null,
  title: null,
  metadata: {},
  trustedDigests: [],
  sizeBytes: null,
  ...changes,
});

describe('what a file is expected to be called', () => {
  it('file_path first, then the metadata keys in their order, each name once', () => {
    const one = row({
      filePath: 'gtex/liver.csv',
      relativePath: 'gtex/liver.csv',
      metadata: { path: 'old/liver2.csv', filename: 'liver.csv' },
    });
    expect(expectedOf(one, rule)).toEqual({
      id: 'a1',
      basenames: ['liver.csv', 'liver2.csv'],
      anchored: 'gtex/liver.csv',
      paths: ['gtex/liver.csv', 'old/liver2.csv', 'datasets/liver.csv', 'datasets/liver2.csv'],
    });
  });

  it('a name without an extension stands for one with each extension of the type', () => {
    expect(expectedOf(row({ metadata: { filename: 'liver' } }), rule).basenames).toEqual([
      'liver.csv',
      'liver.parquet',
    ]);
  });

  it('urls, numbers, endless values and inherited keys name nothing', () => {
    for (const filename of ['https://x/y.csv', 7, null, 'x'.repeat(5000), '..', '/', 'a\nb.csv']) {
      expect(expectedOf(row({ metadata: { filename } }), rule).basenames).toEqual([]);
    }
    expect(expectedOf(row({}), { ...rule, nameKeys: ['constructor', '__proto__'] }).basenames).toEqual([]);
  });

  it('a path that leads out still names a file, and anchors nothing', () => {
    const one = expectedOf(row({ filePath: '../../etc/liver.csv' }), rule);
    expect(one).toMatchObject({ basenames: ['liver.csv'], anchored: null });
  });
});

describe('how much of a path matches', () => {
  const matcher = new NameMatcher([
    expectedOf(row({ filePath: 'gtex/v8/liver_tpm.csv', relativePath: 'gtex/v8/liver_tpm.csv' }), rule),
  ]);
  const tierOf = (...paths: string[]): string | undefined => matcher.match(paths)[0]?.tier;

  it('anchored > tail of two segments > exact basename > equal after normalisation > nothing', () => {
    expect(tierOf('gtex/v8/liver_tpm.csv')).toBe('anchored');
    expect(tierOf('data/scidex/gtex/v8/liver_tpm.csv', 'gtex/v8/liver_tpm.csv')).toBe('anchored');
    expect(tierOf('old/gtex/v8/liver_tpm.csv')).toBe('tail');
    expect(tierOf('x/v8/liver_tpm.csv')).toBe('tail');
    expect(tierOf('datasets/liver_tpm.csv')).toBe('tail');
    expect(tierOf('x/liver_tpm.csv')).toBe('basename');
    expect(tierOf('x/Liver_TPM.CSV')).toBe('normalised');
    expect(tierOf('x/liver_tpm_v2.csv')).toBe('normalised');
    expect(tierOf('x/2026-03-01_liver_tpm.csv.bak')).toBe('normalised');
    expect(tierOf('x/liver_tpm.tsv')).toBeUndefined();
    expect(tierOf('x/liver_tpm2.csv')).toBeUndefined();
    expect(tierOf('x/my_liver_tpm.csv')).toBeUndefined();
  });

  it('every path that matches holds a needle, so a search by needles loses none', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abAB12_-. ü'), minLength: 1, maxLength: 12 });
    const decorate = fc.constantFrom(
      (s: string) => s,
      (s: string) => s.toUpperCase(),
      (s: string) => `copy of ${s}`,
      (s: string) => `2026-01-02_${s}`,
      (s: string) => s.replace('.csv', '_v3.csv'),
      (s: string) => s.normalize('NFD'),
    );
    fc.assert(
      fc.property(word, decorate, (name, change) => {
        const base = `${name}.csv`;
        const one = new NameMatcher([{ id: 'x', basenames: [base], anchored: null, paths: [] }]);
        const path = change(base);
        if (!one.wants(path) || one.unsearchable.length > 0) return;
        expect(one.needles.some((needle) => path.toLowerCase().includes(needle))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('names that say too little', () => {
  it('by list, by configuration, by measured rarity; a specific name is specific', () => {
    const none = new Set<string>();
    for (const name of ['data.csv', 'model.pkl', 'Results_v2.csv', '2026-01-01.csv', '001.png']) {
      expect(genericReason(name, 1, none)).toBeDefined();
    }
    expect(genericReason('gtex_liver_tpm.csv', GENERIC_DIRECTORIES, none)).toBeUndefined();
    expect(genericReason('gtex_liver_tpm.csv', GENERIC_DIRECTORIES + 1, none)).toContain(
      'different directories',
    );
    expect(genericReason('gtex_liver_tpm.csv', 1, new Set(['gtex_liver_tpm.csv']))).toContain('configured');
  });

  it('normalising is done once and for all: what is normal stays so', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab1_-. ~()vV'), maxLength: 20 }), (name) => {
        const { stem, extension } = normalise(name);
        const again = normalise(stem + extension);
        expect((again.stem + again.extension).length).toBeLessThanOrEqual((stem + extension).length);
      }),
    );
  });
});
