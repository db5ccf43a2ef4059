import { accessSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Debian's, Ubuntu's and Google's. */
const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export function openBrowser(): Promise<Browser> {
  const program = PROGRAMS.find((path) => {
    try {
      accessSync(path);
      return true;
    } catch {
      return false;
    }
  });
  if (program === undefined) throw new Error(`none of ${PROGRAMS.join(', ')} is installed`);
  return chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export interface Visit {
  page: Page;
  context: BrowserContext;
  /** What the page complained about: errors, and everything that the content policy refused. */
  complaints: string[];
}

export async function visit(
  browser: Browser,
  options: { width?: number; dark?: boolean } = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.width === 390 ? 844 : 900 },
    colorScheme: options.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return { page, context, complaints };
}

interface Violation {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary?: string }[];
}

/** What axe-core finds wrong, as lines. It is run in the debugger's world, so the pages' policy stays as it is. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const client = await page.context().newCDPSession(page);
  const evaluate = (expression: string) =>
    client.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
  await evaluate(axe.source);
  const { result } = await evaluate(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((r) => r.violations)",
  );
  await client.detach();
  return (result.value as Violation[]).map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes
        .map((node) => `${node.target.join(' ')} ${node.failureSummary ?? ''}`)
        .slice(0, 3)
        .join('; ')}`,
  );
}
