import { Command, CommanderError, type Option } from 'commander';
import { nearestName } from '../core/did-you-mean.js';
import { Failure, usageFailure } from '../core/failure.js';
import { commands } from './commands.js';
import { addGlobalOptions } from './globals.js';
import { FIRST_STEPS } from './help/first-steps.js';
import { helpEnd, helpLayout, helpOption } from './help/format.js';
import { errorEnvelope } from './terminal/envelope.js';
import { asFailure, failureText, requireStdout, writeStdout } from './terminal/output.js';
import { printPaged } from './terminal/pager.js';
import { version } from './version.js';

/** Parses the command line and runs the command. Returns the exit code; never throws. */
export async function runProgram(argv: string[]): Promise<number> {
  const help: string[] = [];
  const program = buildProgram((text) => void help.push(text));
  try {
    if (argv.includes('--json')) requireStdout('the result');
    if (argv.length <= 2) process.exitCode = await firstSteps();
    else await program.parseAsync(argv);
  } catch (thrown) {
    process.exitCode = await answerFailure(thrown, { program, argv, help: help.join('') });
  }
  await drained();
  return process.exitCode === undefined ? 3 : Number(process.exitCode);
}

/** Prints the first steps. Exits with 2, so that a script whose command is empty by mistake does not look successful. */
async function firstSteps(): Promise<number> {
  await writeStdout(FIRST_STEPS);
  return 2;
}

/** The command tree with all flags. `onHelp` receives the output of `--help` and `--version`. */
export function buildProgram(onHelp: (text: string) => void = () => undefined): Command {
  const program = addGlobalOptions(new Command('salvor'))
    .description(
      'Check that every artifact has its file, that every file has its recorded content, and that every file can be restored from the backups.',
    )
    .version(version, '-V, --version', 'show the version');
  for (const command of commands()) program.addCommand(command);
  configureAll(program, onHelp);
  return program;
}

function configureAll(command: Command, onHelp: (text: string) => void): void {
  command
    .exitOverride()
    .addHelpOption(helpOption())
    .helpCommand(false)
    .configureHelp(helpLayout())
    .configureOutput({ writeErr: () => undefined, writeOut: onHelp })
    .addHelpText('after', () => helpEnd(command));
  for (const option of command.options) nameInFailures(option);
  for (const child of command.commands) configureAll(child, onHelp);
}

/** Adds the name of the flag to the error about an invalid value. */
function nameInFailures(option: Option): void {
  const parse = option.parseArg;
  if (parse === undefined) return;
  option.parseArg = <T>(value: string, previous: T): T => {
    try {
      return parse(value, previous);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      throw usageFailure(thrown.code, `${option.long}: ${thrown.message}`, thrown.hint);
    }
  };
}

async function answerFailure(
  thrown: unknown,
  { program, argv, help }: { program: Command; argv: string[]; help: string },
): Promise<number> {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) {
    await printPaged(help, { pager: !argv.includes('--no-pager') });
    return 0;
  }
  const args = argv.slice(2);
  const failure =
    thrown instanceof CommanderError
      ? usageOf(thrown, program, args)
      : withHint(asFailure(thrown), helpOf(wordsOf(program, args)));
  process.stderr.write(failureText(failure, argv.includes('--verbose')));
  if (argv.includes('--json')) {
    await writeStdout(errorEnvelope(wordsOf(program, argv.slice(2)), failure)).catch(() => undefined);
  }
  return failure.exitCode;
}

/** The leading arguments that name a command. */
function wordsOf(program: Command, args: readonly string[]): string {
  const child = program.commands.find((command) => args.includes(command.name()));
  return child === undefined ? '' : `${child.name()} ${wordsOf(child, args)}`.trim();
}

/** Turns an error of commander into a failure, with the probable intention as the hint. */
function usageOf(error: CommanderError, program: Command, args: readonly string[]): Failure {
  const words = wordsOf(program, args);
  const { commands: children } = commandAt(program, words);
  const names = children.map((child) => child.name());
  if (error.code === 'commander.help') {
    return usageFailure(
      'usage.invalid',
      'a command is missing',
      `one of ${names.join(', ')}; ${helpOf(words)}`,
    );
  }
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const given =
    error.code === 'commander.excessArguments'
      ? args.find((arg) => !arg.startsWith('-') && !words.split(' ').includes(arg))
      : undefined;
  const meant = suggestion?.match(/^\(Did you mean (.*)\?\)$/)?.[1] ?? nearestName(given ?? '', names);
  return usageFailure(
    'usage.invalid',
    message,
    meant === undefined ? helpOf(words) : `did you mean ${meant}?`,
  );
}

function helpOf(words: string): string {
  return `see salvor ${words === '' ? '' : `${words} `}--help`;
}

/** Every usage failure has a hint, at least the help to read. */
function withHint(failure: Failure, hint: string): Failure {
  if (failure.hint !== undefined || !failure.code.startsWith('usage.')) return failure;
  return usageFailure(failure.code, failure.message, hint);
}

function commandAt(program: Command, words: string): Command {
  return words
    .split(' ')
    .reduce((at, word) => at.commands.find((child) => child.name() === word) ?? at, program);
}

/** Waits until everything has been written, because pipes are written asynchronously. */
function drained(): Promise<unknown> {
  return Promise.all(
    [process.stdout, process.stderr].map(
      (stream) =>
        new Promise<void>((resolve) => (stream.writable ? stream.write('', () => resolve()) : resolve())),
    ),
  );
}
