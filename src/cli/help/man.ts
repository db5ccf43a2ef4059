import { allNodes, type CommandNode, type FlagNode } from '../completion/command-tree.js';
import { brokenLine } from './format.js';
import { HELP_TOPICS } from './topics.js';

/**
 * The man pages, by file name: one for the program, and one for each top-level command with its subcommands. They use the
 * macros of man(7), which every man program supports.
 */
export function manPages(program: CommandNode, version: string): Map<string, string> {
  const head = (name: string): string =>
    `.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 "" "salvor ${version}" "Salvor"`;
  const pages = program.children.map((command): [string, string] => [
    `salvor-${command.name}.1`,
    lines(head(`salvor-${command.name}`), ...commandPage(command)),
  ]);
  return new Map([['salvor.1', lines(head('salvor'), ...programPage(program))], ...pages]);
}

function programPage(program: CommandNode): string[] {
  return [
    ...nameSection('salvor', 'check artifacts, their files and their backups'),
    '.SH SYNOPSIS',
    '.B salvor',
    '.RI [ options ]',
    '.I command',
    '.SH DESCRIPTION',
    escaped(program.summary),
    '.SH COMMANDS',
    ...program.children.flatMap(({ name, summary }) => item(`\\fBsalvor\\-${escaped(name)}\\fR(1)`, summary)),
    '.SH OPTIONS',
    'Every command takes these.',
    ...program.flags.flatMap(flagItem),
    ...Object.entries(HELP_TOPICS).flatMap(([name, { text }]) => [
      `.SH ${name.toUpperCase().replace('-', ' ')}`,
      ...verbatim(text.trimEnd().split('\n')),
    ]),
  ];
}

function commandPage(command: CommandNode): string[] {
  const parts = allNodes(command);
  return [
    ...nameSection(`salvor-${command.name}`, command.summary),
    '.SH SYNOPSIS',
    ...parts.filter(isRun).flatMap(synopsis),
    ...(parts.length === 1
      ? ['.SH DESCRIPTION', ...body(command)]
      : parts
          .filter(isRun)
          .flatMap((part) => [`.SH ${escaped(part.path.join(' ').toUpperCase())}`, ...body(part)])),
    '.SH SEE ALSO',
    '.BR salvor (1)',
    'has the options of every command, and the exit codes.',
  ];
}

/** A group without an action of its own is not a command that can be run. */
function isRun({ children, help }: CommandNode): boolean {
  return children.length === 0 || help.examples.length > 0;
}

function nameSection(name: string, summary: string): string[] {
  return ['.SH NAME', `${escaped(name)} \\- ${escaped(summary)}`];
}

function synopsis({ path, args, flags }: CommandNode): string[] {
  const values = args.map(({ name, required, many }) => {
    const text = `${name}${many ? ' ...' : ''}`;
    return required ? `\\fI${escaped(text)}\\fR` : `[\\fI${escaped(text)}\\fR]`;
  });
  const options = flags.length === 0 ? [] : ['[\\fIoptions\\fR]'];
  return [`\\fBsalvor ${escaped(path.join(' '))}\\fR ${[...options, ...values].join(' ')}`.trimEnd(), '.br'];
}

function body({ summary, help, args, flags }: CommandNode): string[] {
  return [
    `${escaped(summary)}.`,
    ...(help.notes === undefined ? [] : ['.PP', escaped(help.notes)]),
    ...args.flatMap(({ name, description }) => item(`\\fI${escaped(name)}\\fR`, description)),
    ...flags.flatMap(flagItem),
    ...(help.examples.length === 0 ? [] : ['.PP', 'Examples:']),
    ...help.examples.flatMap(([purpose, commandLine]) => [
      '.PP',
      `${escaped(purpose)}:`,
      ...verbatim(brokenLine(commandLine)),
    ]),
  ];
}

function flagItem({ long, short, placeholder, description }: FlagNode): string[] {
  const names = [short, long].filter((name) => name !== undefined).map((name) => `\\fB${escaped(name)}\\fR`);
  const value = placeholder === '' ? '' : ` \\fI${escaped(placeholder)}\\fR`;
  return item(`${names.join(', ')}${value}`, description);
}

function item(term: string, text: string): string[] {
  return ['.TP', term, escaped(text)];
}

function verbatim(text: readonly string[]): string[] {
  return ['.PP', '.in +4n', '.nf', ...text.map((line) => escaped(line)), '.fi', '.in'];
}

/** Escapes text so that troff does not interpret it. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replace(/^\./, '\\&.');
}

function lines(...parts: readonly string[]): string {
  return `${parts.join('\n')}\n`;
}
