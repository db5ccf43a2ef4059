import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedDashboard } from '../../src/cli/wiring/dashboard.js';
import { accessibilityProblems, openBrowser, type Visit, visit } from '../browser/browser.js';
import { SCOPE } from '../dashboard/seed-runs.js';
import { buildWorld, HOSTILE, serve, type World } from '../dashboard/world.js';

const query = (parameters: Record<string, string>): string => `?${new URLSearchParams(parameters)}`;

/** Every page, and what its heading says. */
const PAGES: [string, string][] = [
  ['/', 'Overview'],
  ['/listings', 'Listings'],
  [`/listings${query({ scope: SCOPE, partition: `${SCOPE}atlas/` })}`, `${SCOPE}atlas/`],
  ['/checksums', 'Checksums'],
  ['/drift', 'Drift'],
  ['/drift/2', 'Drift 2'],
  ['/review', 'Review'],
  [`/review/row${query({ id: 'm-0002' })}`, 'Review of one artifact'],
  ['/runs', 'Runs'],
  ['/journal', 'Journal'],
  [`/artifacts${query({ id: 'a-0000001' })}`, 'Artifact'],
  ['/nowhere', 'Not found'],
];

let world: World;
let opened: OpenedDashboard & { logged: string[] };
let browser: Browser;
let cookies: Parameters<Visit['context']['addCookies']>[0];

beforeAll(async () => {
  [world, browser] = await Promise.all([buildWorld({ hostile: true }), openBrowser()]);
  opened = await serve(world);
  const first = await visit(browser);
  await first.page.goto(opened.server.signInUrl);
  await first.page.getByText('operator@test').waitFor();
  // The secret of the link does not stay in the address.
  expect(new URL(first.page.url()).hash).toBe('');
  cookies = await first.context.cookies();
  await first.context.close();
});
afterAll(async () => {
  await browser.close();
  await opened.close();
  await world.drop();
});

async function go(at: Visit, path: string): Promise<void> {
  await at.page.goto(opened.server.url + path);
  await at.page.locator('h1').waitFor();
  // Not by a condition that is evaluated: the policy of the pages forbids that to the test as well.
  while ((await at.page.locator('.waiting').count()) > 0)
    await at.page.locator('.waiting').first().waitFor({ state: 'detached' });
}

it('axe-core finds what is planted, so its silence below means something', async () => {
  const { page, context } = await visit(browser);
  await page.setContent('<html><body><img src="x"><button></button></body></html>');
  const problems = (await accessibilityProblems(page)).join('\n');
  expect(problems).toContain('image-alt');
  expect(problems).toContain('button-name');
  await context.close();
});

describe.each([
  ['at 1440 pixels', 1440, false],
  ['at 1440 pixels, dark', 1440, true],
  ['at 390 pixels', 390, false],
  ['at 390 pixels, dark', 390, true],
])('every page, with hostile names in every column, %s', (_, width, dark) => {
  it('opens by its address, fits, has no problem of accessibility, and runs nothing that stands in a name', async () => {
    const at = await visit(browser, { width, dark });
    await at.context.addCookies(cookies);
    for (const [path, heading] of PAGES) {
      await go(at, path);
      expect(await at.page.locator('h1').innerText()).toBe(heading);
      expect(await at.page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(width);
      expect(await accessibilityProblems(at.page), path).toEqual([]);
    }
    expect(await at.page.evaluate("'hacked' in window")).toBe(false);
    // A page that is not there is answered with 404, which the browser tells.
    expect(at.complaints.filter((line) => !line.includes('404'))).toEqual([]);
    await at.context.close();
  });
});

it('hostile names are shown as text, with what can not be seen made visible', async () => {
  const at = await visit(browser);
  await at.context.addCookies(cookies);
  for (const path of ['/drift', '/review', '/journal', '/runs']) {
    await go(at, path);
    const text = await at.page.locator('main').innerText();
    expect(text, path).toContain(HOSTILE[0]);
    expect(text, path).toContain('⟨U+202E⟩');
    expect(text.match(/.{0,30}[\u202e\u0007\u001b]/g) ?? [], path).toEqual([]);
  }
  for (const name of HOSTILE) {
    await go(at, `/artifacts${query({ id: name })}`);
    expect(await at.page.locator('.subject').count()).toBe(1);
    await go(at, `/review/row${query({ id: name })}`);
    expect(await at.page.locator('.candidate').count()).toBe(1);
  }
  expect(await at.page.locator('main img, main script, main iframe').count()).toBe(0);
  expect(await at.page.evaluate("'hacked' in window")).toBe(false);
  await at.context.close();
});

it('a theme that was chosen stays', async () => {
  const at = await visit(browser);
  await go(at, '/');
  const background = () => at.page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  const light = await background();
  await at.page.getByRole('button', { name: /^Colours/ }).click();
  await at.page.getByRole('button', { name: /^Colours/ }).click();
  expect(await background()).not.toBe(light);
  await at.page.reload();
  await at.page.locator('h1').waitFor();
  expect(await background()).not.toBe(light);
  await at.context.close();
});
