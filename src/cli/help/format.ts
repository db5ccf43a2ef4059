import { type Command, type Help, Option } from 'commander';
import { type Example, helpOf } from './command-help.js';

/** The width of help that is written to a file or a pipe. */
const PLAIN_COLUMNS = 80;
/** Lines longer than this are hard to read, however wide the terminal is. */
const MOST_COLUMNS = 100;

/** The same for every command, so it is shown with the global options. */
export const helpOption = (): Option => new Option('-h, --help', 'show this help').helpGroup('Options:');

/** How commander lays out `--help`: names stay short, so that everything fits 80 columns. */
export function helpLayout(): Partial<Help> {
  return {
    showGlobalOptions: true,
    helpWidth: Math.min(process.stdout.columns ?? PLAIN_COLUMNS, MOST_COLUMNS),
    subcommandTerm: (command) => command.name(),
    visibleCommands: (command) => [...command.commands],
    visibleOptions: (command) =>
      command.parent === null ? [...command.options, helpOption()] : [...command.options],
    visibleGlobalOptions: globalOptionsOf,
    optionDescription: optionText,
    styleTitle: (title) => title.replace('Global Options:', 'Global options:'),
  };
}

/** What a flag does, and its default. */
export function optionText({ description, defaultValue, defaultValueDescription, negate }: Option): string {
  if (defaultValue === undefined || negate) return description;
  return `${description} (default: ${defaultValueDescription ?? defaultValue})`;
}

/** `--version` belongs to the program alone, so it is not shown with every command. */
function globalOptionsOf(command: Command): Option[] {
  const program = programOf(command);
  if (command === program) return [];
  return [...program.options.filter(({ long }) => long !== '--version'), helpOption()];
}

function programOf(command: Command): Command {
  return command.parent === null ? command : programOf(command.parent);
}

/** What follows the flags: examples that work as pasted, and where the exit codes are explained. */
export function helpEnd(command: Command): string {
  const { examples } = helpOf(command);
  const shown = examples.length === 0 ? [] : ['Examples:', ...examples.flatMap(exampleLines), ''];
  return `\n${[...shown, 'Exit codes: salvor help exit-codes'].join('\n')}`;
}

function exampleLines([purpose, commandLine]: Example): string[] {
  return [`  # ${purpose}`, ...brokenLine(commandLine).map((line) => `  ${line}`)];
}

/** Columns of a command line below its indent, with room for the backslash. */
const LINE_COLUMNS = PLAIN_COLUMNS - 4;

/** A command line that is too wide continues after a backslash, so that it still works as pasted. */
export function brokenLine(commandLine: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of partsOf(commandLine)) {
    if (line !== '' && line.length + part.length + 1 > LINE_COLUMNS) {
      lines.push(`${line} \\`);
      line = `    ${part}`;
    } else line = line === '' ? part : `${line} ${part}`;
  }
  return [...lines, line];
}

/** Words, a flag together with its value. */
function partsOf(commandLine: string): string[] {
  const parts: string[] = [];
  for (const word of commandLine.match(/(?:'[^']*'|[^\s'])+/g) ?? []) {
    const before = parts.at(-1);
    const isValue = before !== undefined && /^--?\w[\w-]*$/.test(before) && !/^[-|]/.test(word);
    if (isValue) parts[parts.length - 1] = `${before} ${word}`;
    else parts.push(word);
  }
  return parts;
}
