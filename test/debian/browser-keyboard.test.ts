import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenedDashboard } from '../../src/cli/dashboard/dashboard.js';
import { openBrowser, type Visit, visit } from '../browser/browser.js';
import { ALICE_TOKEN, buildWorld, serve, type World } from '../dashboard/world.js';

let world: World;
let opened: OpenedDashboard & { logged: string[] };
let browser: Browser;
let at: Visit;
let page: Page;

beforeAll(async () => {
  [world, browser] = await Promise.all([buildWorld({ artifacts: 400, drift: 60, review: 3 }), openBrowser()]);
  opened = await serve(world);
});
afterAll(async () => {
  await browser.close();
  await opened.close();
  await world.drop();
});
beforeEach(async () => {
  at = await visit(browser);
  page = at.page;
  await page.goto(opened.server.url);
  await page.getByRole('button', { name: 'Sign in' }).first().click();
  await page.getByLabel('Token').fill(ALICE_TOKEN);
  await page.keyboard.press('Enter');
  await page.getByText('alice', { exact: true }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});
afterEach(() => at.context.close());

const focused = (): Promise<unknown> =>
  page.evaluate(
    "document.activeElement?.closest('tr, .candidate, h1')?.textContent ?? document.activeElement?.tagName",
  );

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Polls from the test, because the pages' security policy forbids evaluating conditions in them. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  await expect.poll(condition).toBe(true);
}

it('drift is found, rejected with a note and undone without a mouse, and the focus is never lost', async () => {
  await press('g', 'd');
  await page.locator('tbody tr').first().waitFor();
  await press('j', 'j', 'Enter');
  await page.getByText('Which content is right?').waitFor();
  await press('r');
  const dialog = page.getByRole('dialog', { name: 'Reject the new content?' });
  await dialog.waitFor();
  // The note has the focus, so that one can type at once.
  await page.keyboard.type('the disk was failing');
  await press('Tab', 'Enter');
  await page.getByRole('heading', { name: 'Decision' }).waitFor();
  await page.getByText('the disk was failing').first().waitFor();
  await expect.poll(focused).toMatch(/^Drift of /);

  // The page of the decision offers the undo.
  const undo = page.getByRole('button', { name: /^Undo… entry/ });
  await undo.first().focus();
  await press('Enter');
  await page.getByRole('dialog', { name: /^Undo entry \d+\?/ }).waitFor();
  await press('Enter');
  // The undo reopens the decision.
  await page.getByText('Which content is right?').waitFor();
  expect(await focused()).not.toBe('BODY');
});

it('a candidate is chosen without a mouse; keys act only on a focused candidate', async () => {
  await press('g', 'v');
  await page.locator('tbody tr').first().waitFor();
  await press('j', 'Enter');
  await page.locator('.candidate').first().waitFor();
  await press('a');
  expect(await page.getByRole('dialog').count()).toBe(0);
  await press('j', 'j');
  const second = await page.locator('.candidate h3').nth(1).innerText();
  expect(await focused()).toContain(second);
  await press('a');
  const dialog = page.getByRole('dialog', { name: 'Is this the file?' });
  await dialog.getByText(second).waitFor();
  await press('Tab', 'Enter');
  await page
    .locator('.candidate')
    .nth(1)
    .getByText(/accepted [0-9a-f]{12} by alice/)
    .waitFor();

  // The latest decision counts.
  await page.locator('.candidate h3').nth(1).focus();
  await press('r');
  await page.getByRole('dialog', { name: 'Is this not the file?' }).waitFor();
  await press('Tab', 'Enter');
  await page
    .locator('.candidate')
    .nth(1)
    .getByText(/rejected [0-9a-f]{12} by alice/)
    .waitFor();
  expect(
    await page
      .locator('.candidate')
      .getByText(/^accepted/)
      .count(),
  ).toBe(0);
});

describe('going back', () => {
  it('returns to the row one came from, at the old scroll position', async () => {
    await press('g', 'd');
    await page.locator('tbody tr').nth(40).waitFor();
    const link = page.locator('tbody td.main a').nth(40);
    const href = await link.getAttribute('href');
    await link.focus();
    await link.scrollIntoViewIfNeeded();
    const scrolled = await page.evaluate('scrollY');
    expect(scrolled).toBeGreaterThan(500);
    await press('Enter');
    await page.getByText('Which content is right?').waitFor();
    expect(await page.evaluate('scrollY')).toBe(0);
    await page.goBack();
    await until(async () => (await page.evaluate("document.activeElement?.getAttribute('href')")) === href);
    await until(async () => (await page.evaluate('scrollY')) === scrolled);
  });
});

it('screen readers find one level-1 heading, landmarks, column headers and named dialogs', async () => {
  for (const path of [
    '/',
    '/listings',
    '/checksums',
    '/drift',
    '/review',
    '/runs',
    '/journal',
    '/artifacts',
  ]) {
    await page.goto(opened.server.url + path);
    await page.locator('h1').waitFor();
    expect(await page.getByRole('heading', { level: 1 }).count(), path).toBe(1);
    expect(await page.getByRole('main').count(), path).toBe(1);
    expect(await page.getByRole('navigation', { name: 'Pages', exact: true }).count(), path).toBe(1);
    expect(
      await page.locator('table:not(.u-legend, :has(caption)), th:not([scope], .u-legend th)').count(),
      path,
    ).toBe(0);
    // Content that changes every few seconds is not read out.
    expect(await page.locator('[aria-live] table').count(), path).toBe(0);
  }
});
