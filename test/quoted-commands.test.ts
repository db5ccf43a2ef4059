import type { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { helpOf } from '../src/cli/help/command-help.js';
import { HELP_TOPICS } from '../src/cli/help/topics.js';
import { buildProgram } from '../src/cli/program.js';
import { codes } from '../src/core/codes.js';
import { nextCommand } from '../src/dashboard/reads/cause-words.js';
import { type QuoteKind, quotedCommands, VALUE } from './support/quoted-commands.js';

const quoted = quotedCommands();

/** A value for each kind of placeholder that a flag's check would refuse otherwise. */
const SAMPLES: Readonly<Record<string, string>> = {
  n: '1',
  size: '1MB',
  rate: '1MB/s',
  duration: '1h',
  age: '30d',
  percent: '5%',
  date: '2026-01-01',
  window: '02:00-06:00',
  hex: '61',
};

/** What a reader or the program fills in: `RUN`, `<url>`, `VALUE`, also as a part of a word. */
const TO_FILL_IN = /^(?:<[^>]*>|[A-Z][A-Z_|]*)$/;

function fresh(): Command {
  const program = buildProgram();
  const disarm = (command: Command): void => {
    const isRunnable = command.commands.length === 0 || helpOf(command).examples.length > 0;
    if (isRunnable) command.action(() => undefined);
    for (const child of command.commands) disarm(child);
  };
  disarm(program);
  return program;
}

/** Each way to read `accept|reject ID... [--note TEXT]`: with all that is optional, and each of the alternatives. */
function readings(words: readonly string[]): string[][] {
  return words.reduce<string[][]>(
    (all, word) => {
      const bare = word.replaceAll(/^\[|\](?:\.\.\.|…)?$/g, '').replace(/(?:\.\.\.|…)$/, '');
      const choices = /^[\w-]+(?:\|[\w-]+)+$/.test(bare) ? bare.split('|') : [bare];
      return choices.flatMap((choice) => all.map((line) => (choice === '' ? line : [...line, choice])));
    },
    [[]],
  );
}

/** The command that the first words name, and how many words that are. */
function commandOf(program: Command, words: readonly string[]): { command: Command; length: number } {
  let command = program;
  let length = 0;
  for (const word of words) {
    const child = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (child === undefined) break;
    command = child;
    length += 1;
  }
  return { command, length };
}

function optionOf(command: Command, name: string): Option | undefined {
  const own = command.options.find((option) => option.long === name || option.short === name);
  return own ?? (command.parent === null ? undefined : optionOf(command.parent, name));
}

function sampleOf(option: Option): string {
  const [, placeholder = ''] = /[<[]([a-z|]+)/.exec(option.flags) ?? [];
  return option.argChoices?.[0] ?? SAMPLES[placeholder] ?? 'x';
}

/** The words with a value for everything that has to be filled in; of prose only the beginning that can be a command. */
function filledIn(program: Command, words: readonly string[], kind: QuoteKind): string[] {
  const { command, length } = commandOf(program, words);
  const filled = words.slice(0, length);
  let option: Option | undefined;
  let values = 0;
  for (const word of words.slice(length)) {
    if (option !== undefined) {
      filled.push(TO_FILL_IN.test(word) || word.includes(VALUE) ? sampleOf(option) : word);
      option = undefined;
    } else if (word.startsWith('-') && word !== '-') {
      filled.push(word);
      const found = optionOf(command, word);
      option = found?.required === true && !word.includes('=') ? found : undefined;
    } else {
      const isFree = TO_FILL_IN.test(word) || word.includes(VALUE) || /[/:]/.test(word);
      if (kind === 'prose' && !isFree) break;
      // What the program adds may be empty, or flags.
      if (word === VALUE && command.registeredArguments.length === 0) continue;
      const argument = command.registeredArguments[values] ?? command.registeredArguments.at(-1);
      filled.push(isFree ? (argument?.argChoices?.[0] ?? 'x') : word);
      values += 1;
    }
  }
  return filled;
}

/** Why the real parser would refuse a command line; undefined when it would not. */
async function objection(words: readonly string[], kind: QuoteKind): Promise<string | undefined> {
  for (const reading of readings(words)) {
    const program = fresh();
    const { command, length } = commandOf(program, reading);
    // A command whose name the program fills in, and a command of which only the name is given.
    if (reading[length] === VALUE && command.commands.length > 0) continue;
    if (kind !== 'line' && reading.length > 0 && length === reading.length) continue;
    const line = filledIn(program, reading, kind);
    if (kind === 'prose' && line.length === length) continue;
    const why = await refusal(program, line, kind);
    if (why !== undefined) return why;
  }
  return undefined;
}

async function refusal(program: Command, line: string[], kind: QuoteKind): Promise<string | undefined> {
  if (line[0] === 'help') {
    const names = [...Object.keys(HELP_TOPICS), ...program.commands.map((one) => one.name()), 'x'];
    return line[1] === undefined || names.includes(line[1]) ? undefined : `there is no help on ${line[1]}`;
  }
  try {
    await program.parseAsync(['node', 'salvor', ...line]);
    return undefined;
  } catch (error) {
    const { code = '', message, exitCode } = error as { code?: string; message: string; exitCode?: number };
    // --help and --version end like this.
    if (exitCode === 0 && code.startsWith('commander.')) return undefined;
    const isUnfinished = /missingArgument|missingMandatoryOption|optionMissingArgument/.test(code);
    return kind !== 'line' && isUnfinished ? undefined : message;
  }
}

describe('every command that a page, a code, a hint or the dashboard tells the user to run', () => {
  it('is accepted by the parser of the command line', async () => {
    const wrong: string[] = [];
    for (const { at, text, words, kind } of quoted) {
      const why = await objection(words, kind);
      if (why !== undefined) wrong.push(`${at}: ${kind}: salvor ${text}: ${why}`);
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('is accepted when the dashboard fills it in for a finding', async () => {
    const sample = {
      subject: 's3://bucket/host/a.tar.gz',
      message: '',
      runId: '0b9c7f8e-5a53-4c5e-9f0e-2f6f0d9c1a11',
    };
    const wrong: string[] = [];
    for (const code of Object.keys(codes)) {
      const command = nextCommand({ code, scope: 's3://bucket/', sample }) ?? 'salvor status';
      for (const line of command.split(' && ')) {
        const [program, ...words] = line.split(' ');
        const why = program === 'salvor' ? await objection(words, 'line') : 'not a command of salvor';
        if (why !== undefined) wrong.push(`${code}: ${line}: ${why}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is found in all places where there are some', () => {
    const places = [
      'README.md',
      'docs/operations.md',
      'contrib/scidex/README.md',
      'contrib/scidex/systemd/',
      'src/core/codes/',
      'src/cli/operate/doctor/',
      'src/cli/help/',
      'src/cli/demo/',
      'src/jobs/',
      'src/dashboard/pages/',
    ];
    for (const place of places)
      expect(
        quoted.some(({ at }) => at.startsWith(place)),
        place,
      ).toBe(true);
    expect(quoted.filter(({ kind }) => kind === 'line').length).toBeGreaterThan(150);
    expect(quoted.filter(({ kind }) => kind === 'code').length).toBeGreaterThan(200);
  });

  it.each([
    ['listings verfy', 'unknown command'],
    ['listing verify', 'unknown command'],
    ['checksums verify --max-byte 3', "unknown option '--max-byte'"],
    ['checksums verify --max-bytes', 'argument missing'],
    ['checksums verify --max-duration soon', 'not a duration'],
    ['runs show', 'missing required argument'],
    ['runs show ID ID', 'too many arguments'],
    ['help exit-code', 'no help on'],
  ])('is reported if wrong: %s', async (text, why) => {
    expect(await objection(text.split(' '), 'line')).toContain(why);
  });

  it.each([
    'drift accept|reject ID... [--note TEXT]',
    'restore ARCHIVE MEMBER|GLOB...',
    'runs show <run> --code CODE',
  ])('may have parts to fill in: %s', async (text) => {
    expect(await objection(text.split(' '), 'line')).toBeUndefined();
  });
});
