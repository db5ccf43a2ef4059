import type { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../src/cli/program.js';
import { quotedCommands } from './support/quoted-commands.js';

const program = buildProgram();
/** A command whose name the source fills in is looked up by no test. */
const quoted = quotedCommands().filter(({ words }) => words[0] !== 'VALUE');

/** Why a command line would be refused for what it names; undefined when it would not. */
function objection(words: readonly string[]): string | undefined {
  let command: Command = program;
  let at = 0;
  for (; at < words.length; at += 1) {
    const child = command.commands.find(
      (one) => one.name() === words[at] || one.aliases().includes(words[at] ?? ''),
    );
    if (child === undefined) break;
    command = child;
  }
  const rest = words.slice(at);
  const first = rest[0];
  if (command === program && first !== undefined && !first.startsWith('-')) {
    return first === 'help' ? undefined : `there is no command ${first}`;
  }
  const values: string[] = [];
  for (let i = 0; i < rest.length; i += 1) {
    const word = rest[i] ?? '';
    if (!word.startsWith('-') || word === '-') {
      values.push(word);
      continue;
    }
    const name = word.split('=')[0] ?? '';
    if (['--help', '-h'].includes(name)) continue;
    const option = optionOf(command, name);
    if (option === undefined) return `${pathOf(command)} has no flag ${name}`;
    if (option.required && !word.includes('=')) i += 1;
  }
  if (values.length > 0 && command.registeredArguments.length === 0) {
    return `${pathOf(command)} takes no argument, and there is no ${pathOf(command)} ${values[0]}`;
  }
  return undefined;
}

function optionOf(command: Command, name: string): Option | undefined {
  const own = command.options.find((option) => option.long === name || option.short === name);
  return own ?? (command.parent === null ? undefined : optionOf(command.parent, name));
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

describe('every command that a page, a code or a hint tells somebody to run', () => {
  it('exists, with its flags', () => {
    const wrong = quoted.flatMap(({ at, text, words }) => {
      const why = objection(words);
      return why === undefined ? [] : [`${at}: salvor ${text}: ${why}`];
    });
    expect(wrong).toEqual([]);
  });

  it('is found, in all places where there are some', () => {
    for (const place of ['docs/', 'README.md', 'contrib/', 'src/core/codes/', 'src/cli/']) {
      expect(
        quoted.some(({ at }) => at.startsWith(place)),
        place,
      ).toBe(true);
    }
    expect(quoted.length).toBeGreaterThan(200);
  });

  it.each([
    ['listings verfy', 'takes no argument'],
    ['listing verify', 'there is no command'],
    ['checksums verify --max-byte 3', 'has no flag --max-byte'],
  ])('is reported if wrong: %s', (text, why) => {
    expect(objection(text.split(' '))).toContain(why);
  });
});
