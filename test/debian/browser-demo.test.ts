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
  const link = (await demo.saidLike(/(http:\S+#sign-in=\S+)[\s\S]+Ctrl-C ends/))[1] ?? '';
  origin = new URL(link).origin;
  // As a person does who clicks on what the demo printed.
  await at.page.goto(link);
  await at.page.getByText('Sign out').waitFor();
}, 240_000);
afterAll(async () => {
  await browser.close();
  await demo.end('SIGKILL');
  await noProcessOf(directory);
  rmSync(join(directory, '..'), { recursive: true, force: true });
}, 60_000);

/** What the command line says of the same world. */
async function told(...args: string[]): Promise<Record<string, unknown>> {
  const config = join(directory, 'salvor.yaml');
  return JSON.parse((await salvor([...args, '--json', '--config', config])).stdout).summary;
}

it('the link opens a picture in which there is something to do', async () => {
  const main = at.page.locator('main');
  await main.getByText('have a verified file').waitFor();
  const text = await main.innerText();
  for (const need of ['3 files differ', '1 open finding', 'not as expected', '2 missing files'])
    expect(text).toContain(need);
  for (const page of ['listings', 'checksums', 'drift', 'review', 'runs', 'journal']) {
    await at.page.goto(`${origin}/${page}`);
    await at.page.locator('tbody tr').first().waitFor();
  }
});

it('a drift is decided', async () => {
  await at.page.goto(`${origin}/drift`);
  await at.page.getByRole('link', { name: 'Expression counts, batch 3' }).click();
  await at.page.getByText('Which one is right?').waitFor();
  await at.page.getByRole('button', { name: /^Reject the new content/ }).click();
  await at.page.getByLabel('Note (optional)').fill('the disk was failing');
  await at.page.getByRole('button', { name: 'Reject', exact: true }).click();
  await at.page.getByRole('heading', { name: 'The decision' }).waitFor();
  const id = /\d+$/.exec(new URL(at.page.url()).pathname)?.[0] ?? '';
  expect(await told('drift', 'show', id)).toMatchObject({
    drift: { artifact_id: 'art-003', state: 'rejected', note: 'the disk was failing' },
  });
});

it('of two versions one is chosen, and the next plan binds it', async () => {
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

it('a change is taken back', async () => {
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
