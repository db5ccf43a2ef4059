import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedOf } from '../../../src/jobs/recovery/evidence/expected.js';
import { GENERIC_DIRECTORIES, genericReason } from '../../../src/jobs/recovery/evidence/generic.js';
import { NameMatcher } from '../../../src/jobs/recovery/evidence/matcher.js';
import { normalize } from '../../../src/jobs/recovery/evidence/normalize.js';
import { areSimilar, tokensOf } from '../../../src/jobs/recovery/evidence/similar.js';
import type { MissingRow, TypeRule } from '../../../src/jobs/recovery/plan/row.js';
import { caseCount } from '../../support/property-runs.js';

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
  placePath: null,
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
      whole: ['gtex/liver.csv'],
      paths: ['gtex/liver.csv', 'old/liver2.csv', 'datasets/liver.csv', 'datasets/liver2.csv'],
    });
  });

  it('a name without an extension is tried with each extension of the type', () => {
    expect(expectedOf(row({ metadata: { filename: 'liver' } }), rule).basenames).toEqual([
      'liver.csv',
      'liver.parquet',
    ]);
  });

  it('urls, numbers, endless values and inherited keys name nothing', () => {
    for (const filename of [
      'https://x/y.csv',
      7,
      null,
      'x'.repeat(5000),
      '..',
      '/',
      'a\0b.csv',
      'doi:10.1/x.csv',
      'C:\\x.csv',
    ]) {
      expect(expectedOf(row({ metadata: { filename } }), rule).basenames).toEqual([]);
    }
    expect(expectedOf(row({}), { ...rule, nameKeys: ['constructor', '__proto__'] }).basenames).toEqual([]);
  });

  it('a path that leads outside still names a file, but anchors nothing', () => {
    const one = expectedOf(row({ filePath: '../../etc/liver.csv' }), rule);
    expect(one).toMatchObject({ basenames: ['liver.csv'], whole: [] });
  });
});

describe('names are bytes', () => {
  it('a backslash, a tab and a line end are part of the name', () => {
    for (const name of ['back\\slash-1.csv', 'a\tb.csv', 'a\nb.csv', 'a\udc80b.csv']) {
      const one = expectedOf(row({ filePath: `datasets/${name}`, relativePath: `datasets/${name}` }), rule);
      expect(one).toMatchObject({ basenames: [name], whole: [`datasets/${name}`] });
      expect(new NameMatcher([one]).wants(`x/${name}`)).toBe(true);
    }
  });

  it('in metadata a backslash may also have been a separator', () => {
    expect(expectedOf(row({ metadata: { path: 'old\\liver.csv' } }), rule).basenames).toEqual([
      'old\\liver.csv',
      'liver.csv',
    ]);
  });
});

describe('names that are similar', () => {
  const similar = (a: string, b: string): boolean => areSimilar(tokensOf(a), tokensOf(b));

  it('contain the tokens of the other in order, with equal extensions', () => {
    for (const [a, b] of [
      ['report.csv', 'report-2026-04-01.csv'],
      ['SDA-7-gap.csv', 'nb-sda-7-gap.csv'],
      ['SDA-2026-04-01-gap-6beaef.csv', 'nb-sda-2026-04-01-gap-6beaef.csv'],
      ['gtex-liver.csv', 'gtex_v8_liver.csv.gz'],
      ['liver_tpm.csv', 'Copy of Liver TPM (1).csv'],
    ] as const) {
      expect([a, b, similar(a, b), similar(b, a)]).toEqual([a, b, true, true]);
    }
  });

  it('but not names that contradict each other', () => {
    for (const [a, b] of [
      ['run-27327bdca.csv', 'run-d0ea74128.csv'],
      ['plate_12.csv', 'plate_13.csv'],
      ['model_v1.pkl', 'model_v2.pkl'],
      ['liver_tpm.csv', 'tpm_liver.csv'],
      ['liver_tpm.csv', 'liver_tpm.tsv'],
      ['liver_tpm.csv', 'liver_tpm2.csv'],
    ] as const) {
      expect([a, b, similar(a, b), similar(b, a)]).toEqual([a, b, false, false]);
    }
  });

  const hintsFor = (expected: string, found: string): readonly string[] =>
    new NameMatcher([{ id: 'x', basenames: [expected], whole: [], paths: [] }]).similarTo(found);

  it('generic names have none, and neither do expected names', () => {
    expect(hintsFor('gtex_liver.csv', 'gtex_liver_v2.csv')).toEqual(['gtex_liver.csv']);
    expect(hintsFor('report-2026-04-01.csv', 'report.csv')).toEqual(['report-2026-04-01.csv']);
    expect(hintsFor('data.csv', 'data-3f2a1b.csv')).toEqual([]);
    expect(hintsFor('data-3f2a1b.csv', 'data.csv')).toEqual([]);
    expect(hintsFor('gtex_liver.csv', 'gtex_liver.csv')).toEqual([]);
  });

  it('a name that is similar to too many names gives no hints', () => {
    const many = Array.from({ length: 60 }, (_, i) => `gene_panel_${i}abc.csv`);
    const matcher = new NameMatcher(
      many.map((name) => ({ id: name, basenames: [name], whole: [], paths: [] })),
    );
    expect(matcher.similarTo('gene_panel.csv')).toEqual([]);
    expect(matcher.similarTo('nb_gene_panel_7abc.csv')).toEqual(['gene_panel_7abc.csv']);
  });
});

describe('what a search looks for', () => {
  it('every matching path contains a needle, so a search by needles misses none', () => {
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
        const one = new NameMatcher([{ id: 'x', basenames: [base], whole: [], paths: [] }]);
        const path = change(base);
        if (!(one.wants(path) || one.isHint(path)) || one.unsearchable.size > 0) return;
        expect(one.needles.some((needle) => path.toLowerCase().includes(needle))).toBe(true);
      }),
      { numRuns: caseCount(500) },
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

  it('normalizing is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab1_-. ~()vV'), maxLength: 20 }), (name) => {
        const { stem, extension } = normalize(name);
        const again = normalize(stem + extension);
        expect((again.stem + again.extension).length).toBeLessThanOrEqual((stem + extension).length);
      }),
    );
  });
});
