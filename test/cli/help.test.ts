import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { allNodes, type CommandNode, commandTree } from '../../src/cli/completion/command-tree.js';
import { completionScript } from '../../src/cli/completion/scripts.js';
import { SHELLS } from '../../src/cli/completion/shells.js';
import { EXIT_CODES } from '../../src/cli/exit-codes.js';
import { brokenLine } from '../../src/cli/help/format.js';
import { manPages } from '../../src/cli/help/man.js';
import { HELP_TOPICS } from '../../src/cli/help/topics.js';
import { buildProgram } from '../../src/cli/program.js';
import { salvorHere } from '../support/cli-in-process.js';

const tree = commandTree(buildProgram());
const nodes = allNodes(tree);
/** What can be run: a group without an action is not. */
const runnable = nodes
  .slice(1)
  .filter(({ children, help }) => children.length === 0 || help.examples.length > 0);
const named = (list: readonly CommandNode[]): [string, CommandNode][] =>
  list.map((node) => [node.path.join(' '), node]);

/** Parses a command line without running anything. @throws what commander or a flag's own check says */
async function parse(words: readonly string[]): Promise<void> {
  const program = buildProgram();
  const disarm = (command: Command): void => {
    command.action(() => undefined);
    for (const child of command.commands) disarm(child);
  };
  disarm(program);
  await program.parseAsync(['node', 'salvor', ...words]);
}

/** The words after the program, as a shell splits them, up to a pipe or a redirection. */
function wordsOf(commandLine: string): string[] {
  const own = /(?:^|\| |\$\()salvor (.*)$/.exec(commandLine)?.[1] ?? '';
  const words = own.match(/(?:'[^']*'|[^\s'])+/g) ?? [];
  const end = words.findIndex((word) => ['|', '>'].includes(word));
  return words.slice(0, end === -1 ? undefined : end).map((word) => word.replaceAll(/'|[)"]+$/g, ''));
}

describe.each([['', tree] as [string, CommandNode], ...named(nodes.slice(1))])(
  'salvor %s --help',
  (_, node) => {
    it('fits 80 columns, groups its flags, and says where exit codes are explained', async () => {
      const { code, stdout } = await salvorHere([...node.path, '--help']);
      expect(code).toBe(0);
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(stdout).toContain('Exit codes: salvor help exit-codes\n');
      for (const { long } of node.flags) expect(stdout).toContain(long);
      expect(stdout).not.toMatch(/\(default: false\)|\(default:[^)]*\)\s*\(default:/);
      expect(node.path.length === 0 ? stdout : (await salvorHere(['help', ...node.path])).stdout).toBe(
        stdout,
      );
    });
  },
);

describe.each(named(runnable))('the examples of salvor %s', (path, { help }) => {
  it('are there, each with this command or one it leads to', () => {
    expect(help.examples.length).toBeGreaterThan(0);
    for (const [, commandLine] of help.examples) expect(commandLine).toContain('salvor ');
    expect(help.examples.some(([, commandLine]) => wordsOf(commandLine).join(' ').startsWith(path))).toBe(
      true,
    );
  });

  it.each(help.examples.map(([, commandLine]) => commandLine))('%s is parsed', async (commandLine) => {
    await parse(wordsOf(commandLine));
  });
});

it('a long command line is broken before a flag, and a shell reads it as one', () => {
  const long = `salvor x ${'--flag value '.repeat(12)}'two  words'`;
  const lines = brokenLine(long);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.filter((line) => line.length > 78)).toEqual([]);
  const read = (text: string): string =>
    spawnSync('bash', ['-c', `salvor() { printf '<%s>' "$@"; }\n${text}`], { encoding: 'utf8' }).stdout;
  expect(read(lines.join('\n'))).toBe(read(long));
});

/** The flags that a command insists on, with some value. */
function requiredOf(flags: CommandNode['flags']): string[] {
  return flags
    .filter(({ description }) => description.includes('(required)'))
    .flatMap(({ long }) => [long, 'x']);
}

describe('the same mistake has the same exit code in every command', () => {
  const refused = async (args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await salvorHere(args);
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    expect(stderr).toMatch(/^salvor: usage\.\w+: .+\n {2}hint: .+\n$/);
    return stderr;
  };

  it.each(named(nodes))(
    'salvor %s: an unknown flag, and the flag that was meant',
    async (_, { path, flags }) => {
      const given = requiredOf(flags);
      expect(await refused([...path, ...given, '--no-such-flag'])).toContain(
        "unknown option '--no-such-flag'",
      );
      const [flag] = flags.filter(({ long }) => long.length > 6);
      if (flag === undefined) return;
      expect(await refused([...path, ...given, `${flag.long}z`])).toContain(`did you mean ${flag.long}?`);
    },
  );

  it.each(named(nodes.filter(({ children }) => children.length > 0)))(
    'salvor %s: an unknown command, and the command that was meant',
    async (_, { path, children, args }) => {
      const name = children[0]?.name ?? '';
      expect(await refused([...path, 'zzzzzz'])).not.toContain('did you mean');
      if (args.length === 0) expect(await refused([...path, `${name}x`])).toContain(name);
    },
  );

  it.each(named(runnable.filter(({ args }) => args.some(({ required }) => required))))(
    'salvor %s: a missing argument',
    async (_, { path }) => {
      await refused([...path]);
    },
  );

  it.each(
    named(runnable.filter(({ args, children }) => children.length === 0 && !args.some(({ many }) => many))),
  )('salvor %s: an argument too many', async (_, { path, args, flags }) => {
    const values = args.map(({ choices }) => choices[0] ?? '1');
    expect(await refused([...path, ...requiredOf(flags), ...values, 'one-too-many'])).toContain(
      'too many arguments',
    );
  });

  const valued = nodes.flatMap(({ path, flags }) =>
    flags
      .filter(({ kind }) => kind !== 'none')
      .map((flag) => [[...path, flag.long].join(' '), path, flag] as const),
  );
  it.each(valued)('salvor %s without its value', async (_, path, { long }) => {
    expect(await refused([...path, long])).toContain(long);
  });

  const checked = valued.filter(([, , { placeholder, kind }]) =>
    kind === 'choice' ? true : /<(?:n|size|duration|rate|percent|date|age)>/.test(placeholder),
  );
  it.each(checked)('salvor %s with a bad value', async (_, path, { long }) => {
    expect(await refused([...path, long, 'no such value'])).toContain(long);
  });
});

describe('salvor help', () => {
  it('exit-codes names every one', async () => {
    const { code, stdout } = await salvorHere(['help', 'exit-codes']);
    expect(code).toBe(0);
    for (const [number, meaning] of Object.entries(EXIT_CODES))
      expect(stdout).toContain(`  ${number.padEnd(3)}  ${meaning}`);
  });

  it('the table in docs/operations.md and README.md has the same words', () => {
    for (const page of ['docs/operations.md', 'README.md']) {
      const text = readFileSync(join(import.meta.dirname, '../..', page), 'utf8');
      for (const number of [0, 1, 2, 3, 4] as const) {
        expect(text, `${page}: exit code ${number}`).toContain(`| ${number} | ${EXIT_CODES[number]}`);
      }
    }
  });

  it.each(Object.keys(HELP_TOPICS))('%s fits 80 columns', async (topic) => {
    const { code, stdout } = await salvorHere(['help', topic]);
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('lists the topics; an unknown one is exit 2 with what was meant', async () => {
    expect((await salvorHere(['help'])).stdout).toContain('exit-codes');
    const { code, stderr } = await salvorHere(['help', 'exit-code']);
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean exit-codes?');
  });

  it('salvor alone says what to do first, and exits with 2 because a script without a command did nothing', async () => {
    const { code, stdout, stderr } = await salvorHere([]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(stdout.split('\n').length).toBeLessThan(20);
    expect(stdout).toMatch(/1\. salvor demo[\s\S]*2\. salvor init[\s\S]*3\. salvor doctor/);
    for (const [, words = ''] of stdout.matchAll(/^ +(?:\d\. )?salvor ((?:[a-z]+ )+)/gm))
      await parse(words.trim().split(' '));
  });
});

describe('man pages', () => {
  const pages = manPages(tree, '0.0.0');

  it('package.json names every one', () => {
    const names = [...pages.keys()].map((name) => `./dist/man/${name}`);
    expect([...manifest.man].sort(), '"man" in package.json').toEqual(names.sort());
  });

  it('have every command, flag and example', () => {
    const all = [...pages.values()]
      .join('')
      .replaceAll('\\-', '-')
      .replaceAll('\\(aq', "'")
      .replaceAll('\\(ti', '~');
    for (const { flags, help } of nodes) {
      for (const { long } of flags) expect(all).toContain(`\\fB${long}\\fR`);
      for (const [, commandLine] of help.examples) expect(all).toContain(brokenLine(commandLine)[0]);
    }
  });

  it('no text is taken for a macro or an escape', () => {
    for (const page of pages.values()) {
      for (const line of page.split('\n'))
        expect(line).toMatch(/^(?:\.(?:TH|SH|PP|TP|B|BR|I|RI|br|in|nf|fi)(?: |$)|[^.']|$)/);
      expect(page.replaceAll(/\\(?:-|e|&|f[BRI]|\((?:aq|ga|ti|ha))/g, '')).not.toContain('\\');
    }
  });
});

describe('salvor completion', () => {
  it.each(SHELLS)('%s has every command and flag', async (shell) => {
    const { code, stdout } = await salvorHere(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toBe(completionScript(shell, tree));
    for (const { name, flags } of nodes) {
      expect(stdout).toContain(name);
      for (const { long } of flags) expect(stdout).toContain(shell === 'fish' ? `-l ${long.slice(2)}` : long);
    }
  });

  const directory = mkdtempSync(join(tmpdir(), 'salvor-completion-'));
  /** What bash offers for the line, whose last word is being typed. */
  function offered(...words: string[]): string[] {
    const script = join(directory, 'salvor.bash');
    writeFileSync(script, completionScript('bash', tree));
    const { stdout, stderr } = spawnSync(
      'bash',
      [
        '--norc',
        '-c',
        `source ${script}; COMP_WORDS=(salvor "$@"); COMP_CWORD=$#; _salvor; printf '%s\\n' "\${COMPREPLY[@]}"`,
        'bash',
        ...words,
      ],
      { cwd: directory, encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  }

  it('bash offers commands, flags, choices and files', () => {
    writeFileSync(join(directory, 'allow.txt'), '');
    expect(offered('listi')).toEqual(['listings']);
    expect(offered('listings', '')).toEqual(['verify', 'baseline', 'build', 'tee', 'check']);
    expect(offered('listings', 'baseline', 'a')).toEqual(['accept']);
    expect(offered('listings', 'verify', '--since', '2026-01-01', '--allow')).toEqual(['--allowlist']);
    expect(offered('listings', 'verify', '--allowlist', 'al')).toEqual(['allow.txt']);
    expect(offered('listings', 'verify', '--stale', '')).toEqual(['warn', 'fail', 'off']);
    expect(offered('drift', 'list', '--state', 'o')).toEqual(['open']);
    expect(offered('checksums', 'backfill', '--rate', '')).toEqual([]);
    expect(offered('--config', 'al')).toEqual(['allow.txt']);
    expect(offered('completion', '')).toEqual([...SHELLS]);
    expect(offered('journal', 'undo', '--js')).toEqual(['--json']);
    rmSync(directory, { recursive: true });
  });
});
