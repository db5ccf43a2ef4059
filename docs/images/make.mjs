// Makes the README's pictures from the demo world: `npm run build && node docs/images/make.mjs`. Needs Chromium.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
const main = join(import.meta.dirname, '../../dist/cli/main.js');
const base = mkdtempSync(join(tmpdir(), 'salvor-pictures-'));
const world = join(base, 'demo');

const built = spawnSync(process.execPath, [main, 'demo', '--dir', world], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (built.status !== 0) throw new Error(`the demo ended with ${built.status}`);
const dashboard = spawn(process.execPath, [main, 'dashboard', '--listen', '127.0.0.1:0'], {
  cwd: world,
  env: { ...process.env, XDG_STATE_HOME: base },
  stdio: ['ignore', 'pipe', 'inherit'],
});

try {
  const url = await signInUrl(dashboard.stdout);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
  await page.goto(url);
  await page.getByText('have a verified file').waitFor();
  await page.screenshot({ path: join(import.meta.dirname, 'overview.png') });
  await page.goto(new URL('/drift', url).href);
  await page.getByText('overwritten.csv').first().waitFor();
  await page.screenshot({ path: join(import.meta.dirname, 'drift.png') });
  await browser.close();
} finally {
  dashboard.kill('SIGTERM');
  await new Promise((resolve) => dashboard.once('close', resolve));
  rmSync(base, { recursive: true, force: true });
}

async function signInUrl(stream) {
  let said = '';
  for await (const chunk of stream) {
    said += chunk;
    const found = /http:\/\/\S+#sign-in=\S+/.exec(said);
    if (found) return found[0];
  }
  throw new Error(`the dashboard did not start: ${said}`);
}
