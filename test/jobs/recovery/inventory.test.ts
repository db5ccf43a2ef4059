import { beforeAll, describe, expect, it } from 'vitest';
import { listOf } from '../../../src/core/groups.js';
import type { PlanDocument, PlanRow } from '../../../src/jobs/recovery/plan/plan-document.js';
import { incidentPage } from '../../../src/jobs/recovery/report/inventory/incident-page.js';
import {
  REPORT_FORMATS,
  type ReportFormat,
  reportFiles,
} from '../../../src/jobs/recovery/report/inventory/report-files.js';
import { storedPlan } from '../../support/plan-text.js';

const HOSTILE = [
  '<script>alert(1)</script>.csv',
  '"><img src=x onerror=alert(1)>.csv',
  '=HYPERLINK("http://evil","x").csv',
  '@SUM(1).csv',
  'a|b`c`[link](http://evil)\n# heading.csv',
  'rtl\u202egnp.csv',
  `${'x'.repeat(5000)}.csv`,
  "</td></table>'&amp;.csv",
];

function row(name: string, i: number): PlanRow {
  return {
    id: `a${i}`,
    artifact_type: 'dataset',
    file_path: name,
    title: name,
    expected: [name],
    status: i % 2 === 0 ? 'residual' : 'needs_review',
    rule: '9-weak',
    confidence: 'weak',
    explanation: `because of ${name}`,
    destination: null,
    destination_path: null,
    chosen: null,
    trusted_sha256: [],
    expected_size_bytes: null,
    failure_mode: `expected ${name}, none found`,
    reason: null,
    obstacle: null,
    basis: { keys: {}, drifted: [], decision: null },
    candidates: [
      {
        cid: 'abcdef012345',
        source: `directory ${name}`,
        kind: 'directory',
        object: '/w',
        version: null,
        member: name,
        path: `/w : ${name}`,
        size_bytes: 3,
        mtime: null,
        sha256: null,
        content: 'unread:x',
        verified_by: null,
        cached: false,
        tier: 'normalised',
        evidence: [`named ${name}`],
        rejected: name,
        locator: {},
        paths: [name],
        series: null,
      },
    ],
  };
}

const plan: PlanDocument = {
  version: 2,
  plan_id: '0a50d24e-7a65-4d0c-9b52-3a3b8e1c1d11',
  registry: 'postgres://db/x "artifacts"',
  created_at: '2026-05-20T00:00:00.000Z',
  types: ['dataset', '../../evil type'],
  archives: 2,
  destination: '/data',
  destination_device: '1',
  totals: {},
  sources: [
    {
      source: HOSTILE[0] ?? '',
      kind: 'directory',
      state: 'scoped',
      scope: HOSTILE[1] ?? '',
      files: 3,
      errors: [HOSTILE[4] ?? ''],
    },
  ],
  rows: HOSTILE.map(row),
};

/** The files of one format, whole. */
async function filesOf(document: PlanDocument, format: ReportFormat): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const { name, pieces } of reportFiles(storedPlan(document), format))
    files[name] = (await listOf(pieces)).join('');
  return files;
}

const reports: Partial<Record<ReportFormat, Record<string, string>>> = {};
beforeAll(async () => {
  for (const format of REPORT_FORMATS) reports[format] = await filesOf(plan, format);
});

describe('candidates with the same evidence', () => {
  const [first] = row('data.csv', 0).candidates;
  const copies = ['c1', 'c2', 'c3'].map((cid) => ({
    ...(first as PlanRow['candidates'][number]),
    ...{ cid, path: `s3://b/${cid}.tar`, rejected: null },
  }));
  const found = { ...row('data.csv', 0), candidates: copies, chosen: 'c2' };
  const page = async (status: PlanRow['status'], format: 'md' | 'html') => {
    const files = await filesOf({ ...plan, rows: [{ ...found, status }] }, format);
    return files[`inventory-dataset.${format}`] ?? '';
  };

  it('are listed once, with all their names, and the chosen one first', async () => {
    for (const format of ['md', 'html'] as const) {
      const text = await page('bound', format);
      expect(text.split('named data.csv')).toHaveLength(2);
      expect(['c2', 'c1', 'c3'].map((cid) => text.indexOf(`s3://b/${cid}.tar`))).toEqual(
        ['c2', 'c1', 'c3'].map((cid) => text.indexOf(`s3://b/${cid}.tar`)).sort((a, b) => a - b),
      );
      expect(text.match(/chosen(?:\*\*|<\/strong>)/g)).toHaveLength(1);
    }
  });

  it('none is marked as chosen while a decision is needed', async () => {
    for (const format of ['md', 'html'] as const)
      expect(await page('needs_review', format)).not.toMatch(/chosen[*<]/);
  });
});

describe('inventories of hostile names', () => {
  it('one file for each type and the residual list, under safe names', () => {
    for (const format of REPORT_FORMATS) {
      expect(Object.keys(reports[format] ?? {})).toEqual([
        `inventory-dataset.${format}`,
        `inventory-______evil_type.${format}`,
        `residual.${format}`,
      ]);
    }
  });

  it('HTML: one script of our own, allowed by its hash, nothing fetched, no name is markup', () => {
    for (const page of Object.values(reports.html ?? {})) {
      expect(page.match(/<script/g)).toHaveLength(1);
      expect(page).not.toMatch(/<img|onerror=alert\(1\)>|<\/table>'/);
      expect(page).toMatch(
        /default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; script-src 'sha256-[A-Za-z0-9+/=]{44}'/,
      );
      expect(page).not.toMatch(/(?:src|href)="/);
      expect(page).not.toContain('\u202e');
    }
    expect(reports.html?.['inventory-dataset.html']).toContain('data-status="needs_review"');
  });

  it('Markdown: every row is one line of the table with the same number of cells', () => {
    for (const page of Object.values(reports.md ?? {})) {
      const lines = page.split('\n').filter((line) => line.startsWith('|'));
      const cells = lines.map((line) => line.replaceAll('\\|', '').split('|').length);
      expect(new Set(cells).size).toBe(1);
      expect(page).not.toMatch(/<(?:script|img|\/td)/);
      expect(page).not.toMatch(/\n# heading/);
    }
  });

  it('CSV: quoted, and no cell that a spreadsheet evaluates as a formula', () => {
    for (const page of Object.values(reports.csv ?? {})) {
      for (const line of page.trimEnd().split('\r\n')) expect(line).not.toMatch(/(?:^|,)"?[=@+]/);
    }
    expect(reports.csv?.['inventory-dataset.csv']?.split('\r\n')).toHaveLength(HOSTILE.length + 2);
  });

  it('JSON: complete, with the places that were searched', () => {
    const residual = JSON.parse(reports.json?.['residual.json'] ?? '') as {
      rows: { id: string; failure_mode: string }[];
      sources: unknown[];
    };
    expect(residual.rows.map((one) => one.id)).toEqual(['a0', 'a2', 'a4', 'a6']);
    expect(residual.sources).toHaveLength(1);
    expect(residual.rows[0]?.failure_mode).toContain('none found');
  });
});

describe('a reason that names several sources', () => {
  const searched = Array.from(
    { length: 4 },
    (_, i) => `archives at place${i} ${'with a long address '.repeat(6)}`,
  );
  const reason = `expected a.csv; it is a pointer and not the file; searched 4 sources: ${searched.join(', ')}; the end`;
  const rows = plan.rows.slice(0, 1).map((one) => ({ ...one, failure_mode: reason, explanation: reason }));
  const long = { ...plan, rows };

  it.each(REPORT_FORMATS)('keeps its middle, as %s', async (format) => {
    const files = await filesOf(long, format);
    for (const name of [`inventory-dataset.${format}`, `residual.${format}`])
      for (const part of ['not the file', 'place0', 'place1', 'place2', 'place3', 'the end'])
        expect(files[name], name).toContain(part);
  });

  it('keeps its middle on the page for an incident', async () => {
    const page = await incidentPage(storedPlan({ ...long, types: ['dataset'] }), '/p/plan.json');
    expect(page).toContain('place2');
  });
});

describe('rows that the plan has nothing to decide about', () => {
  const earlier = [
    { id: 'old', status: 'bound' as const, explanation: 'Recovered by an earlier run from s3://b/a : x.' },
    { id: 'gone', status: 'unrecoverable' as const, explanation: 'Marked as unrecoverable: disk <died>.' },
  ].map((one) => ({ ...one, artifact_type: 'dataset', file_path: `${one.id}.csv`, title: null }));
  const whole = { ...plan, earlier };

  it.each(REPORT_FORMATS)(
    'are in the inventory, and without a file in the residual list, as %s',
    async (format) => {
      const files = await filesOf(whole, format);
      const inventory = files[`inventory-dataset.${format}`] ?? '';
      for (const { id } of earlier) expect(inventory).toContain(id);
      const residual = files[`residual.${format}`] ?? '';
      expect(residual).toContain('gone');
      expect(residual).not.toContain('an earlier run');
    },
  );

  it('one page says what was lost, what is back and what is gone, and a hostile name stays text', async () => {
    const page = await incidentPage(storedPlan({ ...whole, types: ['dataset'] }), '/p/plan.json');
    expect(page).toContain(
      '10 files were lost: 1 restored, 0 ready to bind, 4 awaiting a decision, 0 unresolved, 5 gone.',
    );
    expect(page).toContain('Marked as unrecoverable: disk &lt;died&gt;.');
    expect(page).toContain('    salvor recovery review --plan /p/plan.json');
    expect(page).not.toContain('<script>');
  });
});
