import { Command, CommanderError, type Option } from 'commander';
import { Failure, usageFailure } from '../core/failure.js';
import { commands } from './commands.js';
import { EXIT_CODES_HELP } from './exit-codes.js';
import { addGlobalOptions } from './globals.js';
import { errorEnvelope } from './terminal/envelope.js';
import { asFailure, failureText, requireStdout, writeStdout } from './terminal/output.js';
import { version } from './version.js';

/** Parses and runs; the answer is the exit code, for the process to end with. Never throws. */
export async function runProgram(argv: string[]): Promise<number> {
  const program = buildProgram();
  try {
    if (argv.includes('--json')) requireStdout('the result');
    await program.parseAsync(argv);
  } catch (thrown) {
    process.exitCode = await answerFailure(thrown, program, argv);
  }
  await drained();
  return process.exitCode === undefined ? 3 : Number(process.exitCode);
}

/** Every command with its flags, as it is parsed. */
export function buildProgram(): Command {
  const program = addGlobalOptions(new Command('salvor'))
    .description('Every row has its file, every file is what it was, every file could be brought back today.')
    .version(version)
    .showHelpAfterError('(salvor --help lists the commands)')
    .addHelpText('after', EXIT_CODES_HELP);
  for (const command of commands()) program.addCommand(command);
  configureAll(program);
  return program;
}

function configureAll(command: Command): void {
  command
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr: () => undefined });
  for (const option of command.options) nameInFailures(option);
  for (const child of command.commands) configureAll(child);
}

/** A value that can't be read is refused with the name of its flag. */
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

async function answerFailure(thrown: unknown, program: Command, argv: string[]): Promise<number> {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  const failure =
    thrown instanceof CommanderError
      ? usageFailure(
          'usage.invalid',
          usageMessage(thrown),
          'salvor --help lists the commands, COMMAND --help its flags',
        )
      : asFailure(thrown);
  process.stderr.write(failureText(failure, argv.includes('--verbose')));
  if (argv.includes('--json')) {
    await writeStdout(errorEnvelope(wordsOf(program, argv.slice(2)), failure)).catch(() => undefined);
  }
  return failure.exitCode;
}

/** The command's words among the arguments, as far as they lead to a command. */
function wordsOf(program: Command, args: readonly string[]): string {
  const child = program.commands.find((command) => args.includes(command.name()));
  return child === undefined ? '' : `${child.name()} ${wordsOf(child, args)}`.trim();
}

function usageMessage(error: CommanderError): string {
  return error.code === 'commander.help' ? 'a command is missing' : error.message.replace(/^error: /, '');
}

/** Pipes are written asynchronously: wait until what was said has left. */
function drained(): Promise<unknown> {
  return Promise.all(
    [process.stdout, process.stderr].map(
      (stream) =>
        new Promise<void>((resolve) => (stream.writable ? stream.write('', () => resolve()) : resolve())),
    ),
  );
}
