// Takes the README's screenshots of the demo's dashboard: `npm run build && node docs/images/make.mjs`. Needs Chromium.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
const main = join(import.meta.dirname, '../../dist/cli/main.js');
const world = join(tmpdir(), 'salvor-demo-pictures');

/** File name, page, link to follow there, text that appears once the page is complete, color scheme. */
const PICTURES = [
  ['overview', '/', null, 'have a verified file', 'light'],
  ['overview-dark', '/', null, 'have a verified file', 'dark'],
  ['drift', '/drift', 'Expression counts, batch 3', 'Which content is right?', 'light'],
  ['review', '/review', 'Well counts', 'This is the file…', 'light'],
];

const demo = spawn(process.execPath, [main, 'demo', '--dir', world, '--listen', '127.0.0.1:0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

try {
  const url = await signInUrl(demo.stdout);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByText('Sign out').waitFor();
  for (const [name, path, link, complete, colorScheme] of PICTURES) {
    await page.emulateMedia({ colorScheme });
    await page.goto(new URL(path, url).href);
    if (link !== null) await page.getByRole('link', { name: link }).click();
    await page.getByText(complete).first().waitFor();
    await page.screenshot({ path: join(import.meta.dirname, `${name}.png`) });
  }
  await browser.close();
} finally {
  demo.kill('SIGTERM');
  await new Promise((resolve) => demo.once('close', resolve));
  rmSync(world, { recursive: true, force: true });
}

async function signInUrl(stream) {
  let said = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    said += chunk;
    const found = /http:\/\/\S+#sign-in=\S+/.exec(said);
    if (found) return found[0];
  }
  throw new Error(`the demo did not open its dashboard: ${said}`);
}
