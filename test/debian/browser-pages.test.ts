import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedDashboard } from '../../src/cli/dashboard/dashboard.js';
import { accessibilityProblems, openBrowser, type Visit, visit } from '../browser/browser.js';
import { insertRun, SCOPE } from '../dashboard/seed-runs.js';
import { buildWorld, HOSTILE, serve, type World } from '../dashboard/world.js';

const query = (parameters: Record<string, string>): string => `?${new URLSearchParams(parameters)}`;

/** Every page with its heading. */
const PAGES: [string, string][] = [
  ['/', 'Overview'],
  ['/listings', 'Listings'],
  [`/listings${query({ scope: SCOPE, partition: `${SCOPE}atlas/` })}`, `${SCOPE}atlas/`],
  ['/checksums', 'Checksums'],
  ['/drift', 'Drift'],
  ['/drift/2', 'Drift of Expression matrix of cohort 2'],
  ['/findings', 'Findings'],
  [
    `/findings${query({ job: 'listings verify', scope: SCOPE, code: 'listing.missing' })}`,
    '10 archives have no listing',
  ],
  ['/residual', 'Residual'],
  ['/review', 'Review'],
  [`/review/row${query({ id: 'm-0002' })}`, 'Review of Classifier of run 2'],
  ['/runs', 'Runs'],
  ['/journal', 'Journal'],
  [`/artifacts${query({ id: 'a-0000001' })}`, 'Artifact a-0000001'],
  ['/artifacts', 'Artifact'],
  [`/artifacts${query({ id: 'no such artifact' })}`, 'Artifact no such artifact'],
  ['/drift/no-number', 'Drift no-number'],
  ['/nowhere', 'Not found'],
];

const FAILED_RUN = '0b9f7f0e-6a53-4e0c-9f2c-0d9f3f6f1a11';

/** Dialogs: page, button that opens it, title. */
const DIALOGS: [string, string, string][] = [
  ['/drift/2', 'Accept the new content…', 'Accept the new content?'],
  ['/drift/2', 'Reject the new content…', 'Reject the new content?'],
  [`/review/row${query({ id: 'm-0002' })}`, 'This is the file…', 'Is this the file?'],
  [`/review/row${query({ id: 'm-0002' })}`, 'Declare it unrecoverable…', 'Declare it unrecoverable?'],
  ['/journal', 'Undo…', 'Undo entry'],
];

let world: World;
let opened: OpenedDashboard & { logged: string[] };
let browser: Browser;
let cookies: Parameters<Visit['context']['addCookies']>[0];

beforeAll(async () => {
  [world, browser] = await Promise.all([buildWorld({ hostile: true }), openBrowser()]);
  await insertRun(world.client, {
    id: FAILED_RUN,
    job: 'listings build',
    scope: SCOPE,
    status: 'incomplete',
    exitCode: 3,
    startedAt: Date.now() - 3_600_000,
    summary: {
      error: { code: 'store.unavailable', message: 'the store did not answer', hint: 'see whether it is up' },
      elapsed_ms: 61_000,
      by_type: { dataset: { rows_scanned: 1200, rows_lost: 3 }, model: { rows_scanned: 7, rows_lost: 0 } },
    },
  });
  opened = await serve(world);
  const first = await visit(browser);
  await first.page.goto(opened.server.signInUrl);
  await first.page.getByText('operator@test').waitFor();
  // The secret of the link does not stay in the URL.
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
  // Not with an evaluated condition: the pages' security policy forbids that to the test too.
  while ((await at.page.locator('.waiting').count()) > 0)
    await at.page.locator('.waiting').first().waitFor({ state: 'detached' });
}

/** Elements that overflow their card or the window. Tables may scroll in their frames. */
function cutOff(at: Visit): Promise<unknown> {
  return at.page.evaluate(`[...document.querySelectorAll('main .card')].flatMap((card) => {
    const edge = Math.min(card.getBoundingClientRect().right, innerWidth) + 1;
    return [...card.querySelectorAll('*')]
      .filter((one) => one.closest('.table-frame, .visually-hidden, .choices, svg, .chart, thead') === null)
      .filter((one) => one.getBoundingClientRect().right > edge)
      .map((one) => one.className + ': ' + one.textContent.slice(0, 60));
  })`);
}

it('axe-core finds planted problems, so that its silence below is meaningful', async () => {
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
  it('opens by its URL, fits the window, is accessible, and runs no script from a name', async () => {
    const at = await visit(browser, { width, dark });
    await at.context.addCookies(cookies);
    for (const [path, heading] of [...PAGES, [`/runs/${FAILED_RUN}`, 'listings build'] as const]) {
      await go(at, path);
      expect(await at.page.locator('h1').innerText()).toBe(heading);
      expect(await at.page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(width);
      expect(await cutOff(at), path).toEqual([]);
      expect(await accessibilityProblems(at.page), path).toEqual([]);
    }
    expect(await at.page.evaluate("'hacked' in window")).toBe(false);
    for (const [path, button, title] of DIALOGS) {
      await go(at, path);
      await at.page
        .getByRole('button', { name: new RegExp(`^${button}`) })
        .first()
        .click();
      await at.page.getByRole('dialog', { name: title }).waitFor();
      expect(await accessibilityProblems(at.page), button).toEqual([]);
    }
    // An unknown page is a 404, which the browser logs.
    expect(at.complaints.filter((line) => !line.includes('404'))).toEqual([]);
    await at.context.close();
  });

  it('the same holds for the sign-in form, its error, the shortcuts, and a read-only dashboard', async () => {
    const at = await visit(browser, { width, dark });
    const others = await serve(world, { listen: '0.0.0.0:0' });
    await at.page.goto(`${others.server.url}/drift`);
    await at.page.getByLabel('Token').fill('a-wrong-token-a-wrong-token');
    await at.page.getByRole('button', { name: 'Sign in' }).click();
    await at.page.getByRole('alert').getByText('Sign-in failed: the token is wrong').waitFor();
    expect(await accessibilityProblems(at.page), 'sign-in').toEqual([]);
    await others.close();

    const reading = await serve(world, { readOnly: true });
    for (const path of ['/drift/2', `/review/row${query({ id: 'm-0002' })}`]) {
      await at.page.goto(reading.server.url + path);
      await at.page.getByText('This dashboard is read-only; use the command line:').waitFor();
      expect(await accessibilityProblems(at.page), path).toEqual([]);
      expect(await cutOff(at), path).toEqual([]);
    }
    await at.page.keyboard.press('?');
    await at.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await accessibilityProblems(at.page), 'keys').toEqual([]);
    await reading.close();
    await at.context.close();
  });
});

it('hostile names are shown as text, with invisible characters made visible', async () => {
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

it('a queue row is only as tall as its names, and a digest fits on one line', async () => {
  const at = await visit(browser);
  await at.context.addCookies(cookies);
  await go(at, '/drift');
  const heights = (await at.page.evaluate(
    "[...document.querySelectorAll('td .digest')].map((one) => one.getBoundingClientRect().height)",
  )) as number[];
  expect(heights.length).toBeGreaterThan(10);
  expect(Math.max(...heights)).toBeLessThan(30);
  await at.context.close();
});

it('a failed run says first why it failed, and shows values with units', async () => {
  const at = await visit(browser);
  await go(at, `/runs/${FAILED_RUN}`);
  const summary = at.page.locator('section[aria-labelledby=card-summary]');
  const text = await summary.innerText();
  expect(text.indexOf('the store did not answer')).toBeLessThan(text.indexOf('elapsed'));
  expect(text).toContain('1m 01s');
  await summary.locator('summary').click();
  await summary.getByRole('columnheader', { name: 'rows scanned' }).waitFor();
  await summary.getByRole('cell', { name: '1,200' }).waitFor();
  await at.context.close();
});

it('the findings of a scope show errors by default, and the URL records the choice', async () => {
  const at = await visit(browser);
  await go(at, `/listings${query({ scope: SCOPE })}`);
  const findings = at.page.locator('section[aria-labelledby=card-open-findings]');
  await findings.getByText('listing.missing').first().waitFor();
  expect(await findings.innerText()).not.toContain('listing.stale');
  await findings.getByRole('link', { name: 'all', exact: true }).click();
  await findings.getByText('listing.stale').waitFor();
  await findings.getByRole('link', { name: 'listing.stale' }).click();
  await at.page.waitForURL(/code=listing.stale/);
  await at.page.reload();
  await findings.getByText('listing.stale').first().waitFor();
  expect(await findings.innerText()).not.toContain('listing.missing');
  await at.context.close();
});

it('glossary words in headings and table heads have tooltips', async () => {
  const at = await visit(browser);
  await go(at, '/checksums');
  const tooltip = (text: string) => at.page.getByText(text, { exact: true }).first().getAttribute('title');
  expect(await tooltip('Open drift')).toContain('content');
  expect(await tooltip('Last scrub')).toContain('checksums verify');
  expect(await tooltip('Severity')).toBeNull();
  await at.context.close();
});

it('a chosen theme is kept', async () => {
  const at = await visit(browser);
  await go(at, '/');
  const background = () => at.page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  const light = await background();
  await at.page.getByRole('button', { name: /^Colors/ }).click();
  await at.page.getByRole('button', { name: /^Colors/ }).click();
  expect(await background()).not.toBe(light);
  await at.page.reload();
  await at.page.locator('h1').waitFor();
  expect(await background()).not.toBe(light);
  await at.context.close();
});
