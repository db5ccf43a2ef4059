import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenedDashboard } from '../../src/cli/dashboard/dashboard.js';
import { accessibilityProblems, openBrowser, type Visit, visit } from '../browser/browser.js';
import { insertRun } from '../dashboard/seed-runs.js';
import { ALICE_TOKEN, buildWorld, serve, type World } from '../dashboard/world.js';

let world: World;
let opened: OpenedDashboard & { logged: string[] };
let browser: Browser;
let at: Visit;

beforeAll(async () => {
  [world, browser] = await Promise.all([
    buildWorld({ artifacts: 400, drift: 120, review: 3 }),
    openBrowser(),
  ]);
  opened = await serve(world);
});
afterAll(async () => {
  await browser.close();
  await opened.close();
  await world.drop();
});
beforeEach(async () => {
  at = await visit(browser);
});
afterEach(() => at.context.close());

const open = (path: string) => at.page.goto(opened.server.url + path);

async function signIn(): Promise<void> {
  await at.page.getByRole('button', { name: 'Sign in' }).first().click();
  await at.page.getByLabel('Token').fill(ALICE_TOKEN);
  await at.page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
  await at.page.getByText('alice', { exact: true }).waitFor();
}

const stateOf = async (id: string): Promise<Record<string, unknown>> => {
  const { rows } = await world.client.query<Record<string, unknown>>(
    'select state, decided_by, note from salvor.drift where id = $1',
    [id],
  );
  return rows[0] ?? {};
};

it('from the overview to a decision and back: find, understand, decide, undo', async () => {
  await open('/');
  await at.page.getByRole('link', { name: /files differ from their records/ }).click();
  const first = at.page.locator('tbody td.main a').first();
  const title = await first.innerText();
  await first.click();
  await at.page.getByText('Which content is right?').waitFor();
  expect(await at.page.locator('main').innerText()).toContain(title);
  const id = /\d+$/.exec(new URL(at.page.url()).pathname)?.[0] ?? '';

  // Without a session, the button asks to sign in and stays on the page.
  await at.page.getByRole('button', { name: /^Reject the new content/ }).click();
  await at.page.getByLabel('Token').fill('a-wrong-token-a-wrong-token');
  await at.page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
  await at.page.getByRole('alert').getByText('the token is wrong').waitFor();
  await at.page.getByLabel('Token').fill(ALICE_TOKEN);
  await at.page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
  await at.page.getByText('alice', { exact: true }).waitFor();

  await at.page.getByRole('button', { name: /^Reject the new content/ }).click();
  expect(await accessibilityProblems(at.page)).toEqual([]);
  await at.page.getByLabel('Note (optional)').fill('the disk was failing');
  await at.page.getByRole('button', { name: 'Reject', exact: true }).click();
  await at.page.getByRole('heading', { name: 'Decision' }).waitFor();
  expect(await stateOf(id)).toEqual({ state: 'rejected', decided_by: 'alice', note: 'the disk was failing' });

  await at.page.getByRole('link', { name: 'View in the journal' }).click();
  await at.page.getByText('drift.reject').waitFor();
  await at.page.getByRole('button', { name: /^Undo/ }).first().click();
  await at.page.getByRole('button', { name: 'Undo it' }).click();
  await at.page.getByText(/undone by \d+/).waitFor();
  // It needs a decision again.
  await open(`/drift/${id}`);
  await at.page.getByText('Which content is right?').waitFor();
  expect(await stateOf(id)).toEqual({ state: 'open', decided_by: null, note: null });
});

it('many at once: only the selected entries are decided', async () => {
  await open('/drift');
  await signIn();
  const boxes = at.page.getByRole('checkbox', { name: /^Select drift/ });
  expect(await boxes.count()).toBe(50);
  const names = await Promise.all([0, 1, 2].map((n) => boxes.nth(n).getAttribute('aria-label')));
  for (const n of [0, 1, 2]) await boxes.nth(n).check();
  await at.page.getByRole('button', { name: /^Accept 3…/ }).click();
  await at.page.getByRole('dialog').getByRole('button', { name: 'Accept 3', exact: true }).click();
  await at.page.getByText('Recorded 3 decisions.').waitFor();
  for (const name of names)
    expect(await stateOf(name?.replace(/\D/g, '') ?? '')).toMatchObject({ state: 'accepted' });
  const { rows } = await world.client.query(
    "select count(*)::int as n from salvor.drift where state = 'accepted'",
  );
  expect(rows).toEqual([{ n: 3 }]);
});

it('a queue of many pages: forward, back in the browser, and the filter in the URL', async () => {
  await open('/drift');
  const ids = () =>
    at.page.locator('tbody td.main a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  await at.page.locator('tbody tr').first().waitFor();
  const first = await ids();
  await at.page.getByRole('link', { name: /Next page/ }).click();
  await at.page.getByRole('link', { name: /First page/ }).waitFor();
  const second = await ids();
  expect(second.filter((id) => first.includes(id))).toEqual([]);
  await at.page.goBack();
  await at.page.getByRole('link', { name: /First page/ }).waitFor({ state: 'detached' });
  await at.page.locator('tbody tr').first().waitFor();
  expect(await ids()).toEqual(first);
  await at.page.getByRole('link', { name: 'corrupt' }).click();
  await at.page.waitForURL(/class=corrupt/);
  await at.page.reload();
  await at.page.locator('tbody tr').first().waitFor();
  const classes = await at.page.locator('td[data-head="Class"]').allInnerTexts();
  expect(new Set(classes.map((text) => text.trim()))).toEqual(new Set(['corrupt']));
});

it('by keyboard alone: to a page, through the rows, into one, and to its decision', async () => {
  await open('/');
  await signIn();
  await at.page.locator('main h1').focus();
  await at.page.keyboard.press('g');
  await at.page.keyboard.press('d');
  await at.page.locator('tbody tr').first().waitFor();
  await at.page.keyboard.press('j');
  await at.page.keyboard.press('j');
  const href = await at.page.evaluate("document.activeElement?.getAttribute('href')");
  expect(href).toBe(await at.page.locator('tbody td.main a').nth(1).getAttribute('href'));
  await at.page.keyboard.press('Enter');
  await at.page.getByText('Which content is right?').waitFor();
  await at.page.keyboard.press('a');
  await at.page.getByRole('dialog', { name: 'Accept the new content?' }).waitFor();
  await at.page.keyboard.press('Escape');
  await at.page.getByRole('dialog').waitFor({ state: 'detached' });
  await at.page.keyboard.press('?');
  await at.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
});

it('an uncertain candidate is accepted with its evidence in view', async () => {
  await open('/review');
  await signIn();
  await at.page.getByRole('link', { name: 'Classifier of run 1' }).click();
  const candidate = at.page.locator('.candidate').first();
  expect(await candidate.innerText()).toContain('the last three segments of the path are equal');
  await candidate.getByRole('button', { name: /^This is the file/ }).click();
  await at.page.getByRole('button', { name: 'Accept the candidate' }).click();
  await at.page
    .getByText(/accepted [0-9a-f]{12} by alice/)
    .first()
    .waitFor();
  const { rows } = await world.client.query('select artifact_id, decision, actor from salvor.decisions');
  expect(rows).toEqual([{ artifact_id: 'm-0001', decision: 'accept', actor: 'alice' }]);

  await at.page.getByRole('button', { name: 'Withdraw the decision…' }).click();
  await at.page.getByRole('dialog').getByRole('button', { name: 'Withdraw the decision' }).click();
  await at.page.getByText('withdrawn by alice').waitFor();
  await at.page.locator('.subject').getByText('waiting').waitFor();
  expect(await at.page.getByRole('button', { name: 'Withdraw the decision…' }).count()).toBe(0);
});

describe('runs, live', () => {
  const running = { job: 'listings verify', scope: 's3://live/', status: 'running', exitCode: null } as const;

  it('a run appears when it starts, and is shown as ended when it ends', async () => {
    await open('/runs');
    await at.page.getByText('live', { exact: true }).waitFor();
    const id = await insertRun(world.client, { ...running, startedAt: Date.now(), heartbeatAt: Date.now() });
    const row = at.page.locator(`section[aria-labelledby=card-now] tr:has(a[href="/runs/${id}"])`);
    await row.waitFor();
    await world.client.query(
      "update salvor.runs set status = 'ok', exit_code = 0, finished_at = now() where id = $1",
      [id],
    );
    await row.getByText('ok', { exact: true }).waitFor();
    // The table changes with every heartbeat; only starts and ends are read out.
    await at.page.getByRole('status').getByText('listings verify on s3://live/ ended: ok.').waitFor();
  });

  it('a lost connection is shown, and reconnects by itself', async () => {
    await open('/runs');
    await at.page.getByText('live', { exact: true }).waitFor();
    const port = new URL(opened.server.url).port;
    await opened.close();
    await at.page.getByText(/connection lost/).waitFor();
    opened = await serve(world, { listen: `127.0.0.1:${port}` });
    await at.page.getByText('live', { exact: true }).waitFor({ timeout: 30_000 });
  });
});

describe('errors and missing permissions', () => {
  it('an error looks like an error, and trying again fixes it', async () => {
    await at.page.route('**/api/drift?*', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/json',
        body: '{"error":{"code":"registry.unavailable","message":"the registry is gone","hint":"see whether the server runs"}}',
      }),
    );
    await open('/drift');
    await at.page.getByRole('alert').getByText('the registry is gone').waitFor();
    expect(await at.page.locator('main').innerText()).not.toContain('No open drift');
    await at.page.unroute('**/api/drift?*');
    await at.page.getByRole('button', { name: 'Try again' }).click();
    await at.page.locator('tbody tr').first().waitFor();
  });

  it('read-only: there are no decision buttons, and the page shows the command', async () => {
    const reading = await serve(world, { readOnly: true });
    await at.page.goto(`${reading.server.url}/drift/1`);
    await at.page.getByText('This dashboard is read-only; use the command line:').waitFor();
    expect(await at.page.getByRole('button', { name: /Accept|Reject/ }).count()).toBe(0);
    await reading.close();
  });

  it('an address that others can reach shows only the sign-in form', async () => {
    const others = await serve(world, { listen: '0.0.0.0:0' });
    await at.page.goto(`${others.server.url}/drift`);
    await at.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await at.page.locator('table').count()).toBe(0);
    await at.page.getByLabel('Token').fill(ALICE_TOKEN);
    await at.page.locator('main').getByRole('button', { name: 'Sign in' }).click();
    await at.page.locator('tbody tr').first().waitFor();
    await others.close();
  });

  it('an empty registry is not shown as all clear', async () => {
    const empty = await buildWorld({ artifacts: 0, drift: 0, review: 0 });
    await empty.client.query('delete from salvor.runs; delete from salvor.findings');
    const bare = await serve(empty, { config: { watchdog: { expect: [] } } });
    await at.page.goto(bare.server.url);
    await at.page.getByText('Nothing has run yet, so nothing is known.').waitFor();
    await at.page.getByText('The artifact table is empty.').waitFor();
    for (const page of ['listings', 'checksums', 'drift', 'review', 'runs', 'journal']) {
      await at.page.goto(`${bare.server.url}/${page}`);
      await at.page.locator('.state-title').first().waitFor();
      expect(await accessibilityProblems(at.page), page).toEqual([]);
    }
    await bare.close();
    await empty.drop();
  });
});
