import { Argument, type Command } from 'commander';
import { usageFailure } from '../../core/failure.js';
import { defineCommand, withAction } from '../command.js';
import { SHELLS, type Shell } from './shells.js';

/** `salvor completion bash|zsh|fish`: prints a script that is generated from the commands and flags. */
export function completionCommand(): Command {
  const shell = new Argument('<shell>', 'the shell').choices(SHELLS).argParser((text: string) => {
    if (SHELLS.some((known) => known === text)) return text;
    throw usageFailure('usage.invalid', `${JSON.stringify(text)} is not one of ${SHELLS.join(', ')}`);
  });
  const command = defineCommand('completion', 'Print a completion script for bash, zsh or fish', {
    examples: [
      ['bash: in this shell; put the line into ~/.bashrc to keep it', 'eval "$(salvor completion bash)"'],
      ['zsh: in a directory of $fpath', 'salvor completion zsh > ~/.zfunc/_salvor'],
      ['fish', 'salvor completion fish > ~/.config/fish/completions/salvor.fish'],
    ],
  }).addArgument(shell);
  return withAction(command, async ({ args }) => {
    const { completionScript } = await import('./scripts.js');
    const { commandTree } = await import('./command-tree.js');
    const { writeStdout } = await import('../terminal/output.js');
    await writeStdout(completionScript(args[0] as Shell, commandTree(command.parent as Command)));
    return 0;
  });
}
