import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { OpenedDashboard } from '../../src/cli/dashboard/dashboard.js';
import { openBrowser, type Visit, visit } from '../browser/browser.js';
import { ALICE_TOKEN, buildWorld, serve, type World } from '../dashboard/world.js';

const BOB_TOKEN = 'bob-token-bob-token-bob';
const TOKENS = { dashboard: { tokens: { alice: ALICE_TOKEN, bob: BOB_TOKEN } } };

let world: World;
let opened: OpenedDashboard & { logged: string[] };
let browser: Browser;
let visits: Visit[] = [];

beforeAll(async () => {
  [world, browser] = await Promise.all([buildWorld({ artifacts: 400, drift: 40, review: 3 }), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await world.drop();
});
beforeEach(async () => {
  opened = await serve(world, { config: TOKENS });
});
afterEach(async () => {
  for (const { context } of visits.splice(0)) await context.close();
  await opened.close();
});

async function open(path: string, token: string): Promise<Page> {
  const at = await visit(browser);
  visits = [...visits, at];
  await at.page.goto(opened.server.url + path);
  await at.page.getByRole('button', { name: 'Sign in' }).first().click();
  await signIn(at.page, token);
  return at.page;
}

async function signIn(page: Page, token: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Sign in' });
  await dialog.getByLabel('Token').fill(token);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'detached' });
}

const stateOf = async (id: number): Promise<Record<string, unknown> | undefined> =>
  (
    await world.client.query<Record<string, unknown>>(
      'select state, decided_by, note from salvor.drift where id = $1',
      [id],
    )
  ).rows[0];

it('if two people decide the same drift, the second is refused with the reason and then sees the decision', async () => {
  const [alice, bob] = await Promise.all([open('/drift/5', ALICE_TOKEN), open('/drift/5', BOB_TOKEN)]);
  for (const page of [alice, bob]) await page.getByRole('button', { name: /^Accept the new/ }).waitFor();
  await bob.getByRole('button', { name: /^Reject the new/ }).click();
  await alice.getByRole('button', { name: /^Accept the new/ }).click();
  await alice.getByRole('button', { name: 'Accept', exact: true }).click();
  await alice.getByRole('heading', { name: 'Decision' }).waitFor();

  await bob.getByRole('button', { name: 'Reject', exact: true }).click();
  await bob.getByRole('alert').getByText('the drift entry 5 was accepted by alice').waitFor();
  // It cannot succeed any more, so it is not offered again.
  expect(await bob.getByRole('button', { name: 'Reject', exact: true }).count()).toBe(0);
  await bob.getByRole('button', { name: 'Close' }).click();
  await bob.getByRole('heading', { name: 'Decision' }).waitFor();
  expect(await stateOf(5)).toMatchObject({ state: 'accepted', decided_by: 'alice' });
});

it('if the session ends during a decision, the note is still there after signing in', async () => {
  const page = await open('/drift/6', ALICE_TOKEN);
  await page.getByRole('button', { name: /^Reject the new/ }).click();
  await page.getByLabel('Note (optional)').fill('a long thought');
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Reject', exact: true }).click();
  await signIn(page, ALICE_TOKEN);
  expect(await page.getByLabel('Note (optional)').inputValue()).toBe('a long thought');
  await page.getByRole('button', { name: 'Reject', exact: true }).click();
  await page.getByRole('heading', { name: 'Decision' }).waitFor();
  expect(await stateOf(6)).toEqual({ state: 'rejected', decided_by: 'alice', note: 'a long thought' });
});

it('interrupted decisions continue where they stopped, and nothing is sent twice', async () => {
  const page = await open('/drift', ALICE_TOKEN);
  const boxes = page.getByRole('checkbox', { name: /^Select drift/ });
  const ids: number[] = [];
  for (const n of [0, 1, 2]) {
    ids.push(Number((await boxes.nth(n).getAttribute('aria-label'))?.replace(/\D/g, '')));
    await boxes.nth(n).check();
  }
  const sent: string[] = [];
  await page.route('**/api/drift/*', async (route) => {
    const path = new URL(route.request().url()).pathname;
    if (route.request().method() === 'POST') sent.push(path);
    if (path === `/api/drift/${ids[1]}` && sent.length === 2) return route.abort();
    return route.continue();
  });
  await page.getByRole('button', { name: /^Accept 3…/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Accept 3', exact: true }).click();
  await dialog.getByText('Sent 1 of 3. Not done:').waitFor();
  await dialog.getByRole('button', { name: 'Accept 3', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(sent).toEqual([ids[0], ids[1], ids[1], ids[2]].map((id) => `/api/drift/${id}`));
  for (const id of ids) expect(await stateOf(id)).toMatchObject({ state: 'accepted' });
});

it('an undo of a value that changed since is refused with the reason, and the value stays', async () => {
  const { rows } = await world.client.query<{ artifact_id: string }>(
    "select artifact_id from salvor.journal where action = 'drift' order by id limit 1",
  );
  const id = rows[0]?.artifact_id ?? '';
  const page = await open(`/journal?${new URLSearchParams({ artifact: id, action: 'drift' })}`, ALICE_TOKEN);
  await page.getByRole('button', { name: /^Undo… entry/ }).click();
  const dialog = page.getByRole('dialog');
  // The dialog shows each value after the undo.
  expect(await dialog.innerText()).toContain('file_sha256');
  await world.client.query(
    `update artifacts set metadata = jsonb_set(metadata, '{file_sha256}', to_jsonb(repeat('a', 64))) where id = $1`,
    [id],
  );
  await dialog.getByRole('button', { name: 'Undo it' }).click();
  await dialog
    .getByRole('alert')
    .getByText(/cannot be undone|can ?not be taken back/)
    .waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: /^Undo… entry/ }).waitFor();
});

it('after a restart of the dashboard the page reconnects and asks to sign in again', async () => {
  const page = await open('/runs', ALICE_TOKEN);
  await page.getByText('live', { exact: true }).waitFor();
  const listen = new URL(opened.server.url).host;
  await opened.close();
  await page.getByText('connection lost, retrying').waitFor();
  opened = await serve(world, { config: TOKENS, listen });
  await page.getByText('live', { exact: true }).waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
});

it('a lost registry is reported on the live page and on others, and so is its return', async () => {
  const own = await buildWorld({ artifacts: 40, drift: 2, review: 0 });
  await own.client.end();
  const { database } = own;
  const admin = new pg.Client(database.url.replace(database.name, 'postgres'));
  await admin.connect();
  const serving = await serve(own);
  const at = await visit(browser);
  await at.page.goto(`${serving.server.url}/runs`);
  await at.page.getByText('live', { exact: true }).waitFor();

  await admin.query(`alter database ${database.name} with allow_connections false`);
  await database.terminateSessions();
  await at.page.getByText('the registry cannot be read, retrying').waitFor();
  await at.page.getByRole('link', { name: 'Drift' }).click();
  await at.page.getByRole('alert').getByText('Loading failed.').waitFor();
  expect(await at.page.locator('main').innerText()).not.toContain('No open drift');

  await admin.query(`alter database ${database.name} with allow_connections true`);
  await at.page.getByRole('button', { name: 'Try again' }).click();
  await at.page.locator('tbody tr').first().waitFor();
  await at.page.getByRole('link', { name: 'Runs' }).click();
  await at.page.getByText('live', { exact: true }).waitFor();

  await at.context.close();
  await serving.close();
  await admin.end();
  await database.drop();
});
