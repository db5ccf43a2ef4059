import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, type Visit, visit } from '../browser/browser.js';
import { salvor } from '../support/cli.js';
import { DemoProcess, noProcessOf } from '../support/demo-process.js';

const directory = join(mkdtempSync(join(tmpdir(), 'salvor-demo-browser-')), 'demo');
let demo: DemoProcess;
let browser: Browser;
let at: Visit;
let origin = '';

beforeAll(async () => {
  demo = new DemoProcess(['--dir', directory, '--listen', '127.0.0.1:0']);
  browser = await openBrowser();
  at = await visit(browser);
  const link = (await demo.saidLike(/(http:\S+#sign-in=\S+)[\s\S]+Ctrl-C stops/))[1] ?? '';
  origin = new URL(link).origin;
  // Opens the link that the demo printed.
  await at.page.goto(link);
  await at.page.getByText('Sign out').waitFor();
}, 240_000);
afterAll(async () => {
  await browser.close();
  await demo.end('SIGKILL');
  await noProcessOf(directory);
  rmSync(join(directory, '..'), { recursive: true, force: true });
}, 60_000);

/** What the command line reports about the same demo. */
async function told(...args: string[]): Promise<Record<string, unknown>> {
  const config = join(directory, 'salvor.yaml');
  return JSON.parse((await salvor([...args, '--json', '--config', config])).stdout).summary;
}

it('the link opens an overview with open issues', async () => {
  const main = at.page.locator('main');
  await main.getByText('have a verified file').waitFor();
  const text = await main.innerText();
  // The stopped series, the lost file and the drift, one line each, by name.
  for (const need of [
    '6 issues need attention',
    '1 backup series has stopped',
    's3://demo/backups/borealis/database-#-#-#.tar.gz',
    '1 file is lost',
    'notebooks/analysis-5.ipynb',
    '3 files differ from their records',
    'datasets/expression-3.csv, datasets/overwritten.csv, figures/panel-4.svg',
    '2 missing files have possible matches',
  ])
    expect(text).toContain(need);
  expect(await at.page.title()).toBe('(5) Salvor');
  expect(await at.page.locator('link[rel=icon]').getAttribute('href')).toBe('/favicon-red.svg');
  for (const page of [
    'findings',
    'residual',
    'listings',
    'checksums',
    'drift',
    'review',
    'runs',
    'journal',
  ]) {
    await at.page.goto(`${origin}/${page}`);
    await at.page.locator('tbody tr').first().waitFor();
  }
});

it('the subject of every finding is at most two clicks away', async () => {
  const causes = (await (await at.page.request.get(`${origin}/api/findings/causes`)).json()) as {
    code: string;
    subject: string;
  }[];
  expect(causes.length).toBeGreaterThan(8);
  for (const { code, subject } of causes) {
    if (code === 'drift.detected') continue;
    await at.page.goto(`${origin}/findings`);
    await at.page.locator('tbody tr').filter({ hasText: code }).getByRole('link').first().click();
    await at.page.getByRole('heading', { level: 1 }).waitFor();
    await at.page.locator('tbody tr').filter({ hasText: subject }).first().waitFor();
  }
  await at.page.goto(origin);
  for (const href of await at.page
    .locator('.needs > li > a')
    .evaluateAll((all) => all.map((a) => a.getAttribute('href')))) {
    await at.page.goto(origin + href);
    await at.page.locator('tbody tr').first().waitFor();
  }
});

it('a partition shows its own history', async () => {
  await at.page.goto(`${origin}/listings`);
  await at.page.getByRole('link', { name: 'borealis', exact: true }).click();
  await at.page.getByRole('heading', { level: 1, name: 's3://demo/backups/borealis/' }).waitFor();
  await at.page.getByText('The numbers as a table').click();
  const row = at.page.locator('section[aria-labelledby=card-over-time] details tbody tr').first();
  expect((await row.innerText()).split(/\s+/).slice(-4)).toEqual(['1', '28', '20', '7']);
  expect(await at.page.locator('main').innerText()).toContain('archive.backup_overdue');
});

it('a residual row says why nothing was found, and where it was searched', async () => {
  await at.page.goto(`${origin}/residual`);
  const row = at.page.locator('tbody tr').filter({ hasText: 'Single-cell atlas' });
  await row.getByText('never committed, and not in any searched backup').waitFor();
  expect(await row.innerText()).toContain('no match found');
});

it('a drift is decided', async () => {
  await at.page.goto(`${origin}/drift`);
  await at.page.getByRole('link', { name: 'Expression counts, batch 3' }).click();
  await at.page.getByText('Which content is right?').waitFor();
  await at.page.getByRole('button', { name: /^Reject the new content/ }).click();
  await at.page.getByLabel('Note (optional)').fill('the disk was failing');
  await at.page.getByRole('button', { name: 'Reject', exact: true }).click();
  await at.page.getByRole('heading', { name: 'Decision' }).waitFor();
  const id = /\d+$/.exec(new URL(at.page.url()).pathname)?.[0] ?? '';
  expect(await told('drift', 'show', id)).toMatchObject({
    drift: { artifact_id: 'art-003', state: 'rejected', note: 'the disk was failing' },
  });
});

it('one of two versions is chosen, and the next plan binds it', async () => {
  await at.page.goto(`${origin}/review`);
  await at.page.getByRole('link', { name: 'Well counts' }).click();
  await at.page.locator('.candidate').first().waitFor();
  expect(await at.page.locator('.candidate').count()).toBe(2);
  const newer = at.page.locator('.candidate').filter({ hasText: 'run-9' });
  await newer.getByRole('button', { name: /^This is the file/ }).click();
  await at.page.getByRole('button', { name: 'Accept the candidate' }).click();
  await at.page
    .getByText(/accepted [0-9a-f]{12} by /)
    .first()
    .waitFor();
  const keys = { AWS_ACCESS_KEY_ID: 'salvor-demo', AWS_SECRET_ACCESS_KEY: 'salvor-demo-secret' };
  const planned = await salvor(['recovery', 'plan', '--archives', 'all', '--json'], {
    cwd: directory,
    env: keys,
  });
  expect(JSON.parse(planned.stdout).summary).toMatchObject({ to_bind: 1, needs_review: 1 });
});

it('a change is undone', async () => {
  await at.page.goto(`${origin}/journal`);
  const row = at.page.locator('tbody tr').filter({ hasText: 'unrecoverable' }).first();
  await row.getByRole('button', { name: /^Undo/ }).click();
  await at.page.getByRole('button', { name: 'Undo it' }).click();
  await at.page
    .getByText(/undone by \d+/)
    .first()
    .waitFor();
  expect(at.complaints).toEqual([]);
});
