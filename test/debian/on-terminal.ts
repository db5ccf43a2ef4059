import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface OnTerminal {
  argv: readonly string[];
  env?: Record<string, string>;
  columns?: number;
  rows?: number;
  steps?: readonly { after: string; keys: string }[];
}

/** Moves the cursor, or clears a part of the screen: what follows is not a continuation of the text before. */
const CURSOR = /\u001b\[[0-9;?]*[A-Za-ln-z]/g;

/** A program on a pseudo-terminal: its exit code and what it wrote, without the terminal's own sequences. */
export async function onTerminal({
  env = {},
  ...spec
}: OnTerminal): Promise<{ code: number | null; text: string }> {
  const child = spawn('python3', [join(import.meta.dirname, 'terminal.py'), JSON.stringify(spec)], {
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', TERM: 'xterm', LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, text: text.replaceAll(/\u001b(?:\[[0-9;]*m|[=>78])|\r/g, '').replaceAll(CURSOR, '\n') };
}
