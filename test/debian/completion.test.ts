import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { salvor } from '../support/cli.js';
import { onTerminal } from './on-terminal.js';

/** What is typed, and what a shell offers for it: among others, and never. */
const CASES: [typed: string, offered: string[], never: string[]][] = [
  ['salvor ', ['listings', 'recovery', 'help', 'doctor'], ['verify', 'bash']],
  ['salvor li', ['listings'], ['recovery']],
  ['salvor listings ', ['verify', 'build', 'baseline'], ['plan', 'recovery']],
  ['salvor recovery review ', ['accept', 'withdraw'], ['drill']],
  ['salvor --json drift ', ['accept', 'list'], ['verify']],
  ['salvor listings verify --f', ['--fail-on', '--findings'], ['--since']],
  ['salvor listings verify --fail-on ', ['all', 'new'], ['verify']],
  ['salvor drift list --state ', ['open', 'rejected'], ['list']],
  ['salvor completion ', ['bash', 'zsh', 'fish'], ['listings']],
  ['salvor restore arch', ['archive-1.tar', 'archive-2.tar'], ['listings']],
];

let base: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'salvor-completion-'));
  for (const [shell, file] of [
    ['bash', 'salvor.bash'],
    ['zsh', '_salvor'],
    ['fish', 'salvor.fish'],
  ] as const) {
    writeFileSync(join(base, file), (await salvor(['completion', shell])).stdout);
  }
  mkdirSync(join(base, 'work'));
  for (const name of ['archive-1.tar', 'archive-2.tar']) writeFileSync(join(base, 'work', name), '');
});
afterAll(() => rmSync(base, { recursive: true }));

const env = (): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: join(base, 'home'),
  LANG: 'C.UTF-8',
});

/** Whether a word is there by itself: `all` is not in `install`. */
function words(text: string): Set<string> {
  return new Set(text.split(/\s+/));
}

function judge(text: string, [typed, offered, never]: (typeof CASES)[number]): void {
  const found = words(text);
  for (const word of offered) expect(found.has(word), `${typed}: ${word} in\n${text}`).toBe(true);
  for (const word of never) expect(found.has(word), `${typed}: ${word} in\n${text}`).toBe(false);
}

describe('fish', () => {
  it.each(CASES)('completes %s', async (...one) => {
    const script = 'source $argv[1]; complete -C $argv[2]';
    const { stdout, stderr } = await promisify(execFile)(
      'fish',
      ['--no-config', '-c', script, join(base, 'salvor.fish'), one[0]],
      { env: env(), cwd: join(base, 'work') },
    );
    expect(stderr).toBe('');
    // Before the tab is the word, after it what it means.
    judge(stdout.replaceAll(/\t.*$/gm, ''), one);
  });
});

describe('zsh', () => {
  it.each(CASES)('completes %s', async (...one) => {
    const start = [
      `cd ${join(base, 'work')}; fpath=(${base} $fpath); autoload -Uz compinit; compinit -u -D; PS1='%# '; LISTMAX=9999`,
      // Ctrl-X lists what completes, and Ctrl-K then empties the line.
      `bindkey '^X' list-choices; bindkey '^K' kill-whole-line; print -r begin\${:-}ning`,
    ].join('; ');
    const { code, text } = await onTerminal({
      argv: ['zsh', '-f', '-i'],
      env: env(),
      columns: 200,
      rows: 60,
      steps: [
        { after: '[%#] ', keys: `${start}\r` },
        { after: 'beginning\\s', keys: `${one[0]}\u0018` },
        { after: `${one[1].at(-1)}[\\s\\S]*`, keys: '\u000bexit\r' },
      ],
    });
    expect(code, text).toBe(0);
    const listed = text.slice(text.search(/beginning\s/) + 'beginning'.length);
    judge(
      listed
        .split('\n')
        .filter((line) => !/salvor |^[%#] |exit$/.test(line))
        .join('\n')
        .replaceAll(/ +-- .*$/gm, ''),
      [one[0], one[1], one[2]],
    );
  });
});

describe('bash', () => {
  it.each(CASES)('completes %s', (...one) => {
    const script = `source "$1"; read -ra COMP_WORDS <<<"$2"; [[ $2 == *' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _salvor; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const stdout = execFileSync('bash', ['-c', script, 'bash', join(base, 'salvor.bash'), one[0]], {
      env: env(),
      cwd: join(base, 'work'),
      encoding: 'utf8',
    });
    judge(stdout, one);
  });
});
