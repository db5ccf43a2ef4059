import type { Command } from 'commander';
import { nearestName } from '../../core/did-you-mean.js';
import { usageFailure } from '../../core/failure.js';
import { defineCommand, withAction } from '../command.js';
import { HELP_TOPICS } from './topics.js';

/** `salvor help [COMMAND | TOPIC]`. `program` is a function because the program contains this command. */
export function helpCommand(): Command {
  const command = defineCommand('help', 'Show the help of a command, or of a topic', {
    examples: [
      ['A command', 'salvor help listings verify'],
      ['What exit codes mean', 'salvor help exit-codes'],
    ],
    notes: `Topics: ${Object.keys(HELP_TOPICS).join(', ')}.`,
  }).argument('[command-or-topic...]', 'words of a command, or a topic');
  return withAction(command, async ({ args }) => {
    const { printPaged } = await import('../terminal/pager.js');
    await printPaged(helpFor(command.parent as Command, args), command.optsWithGlobals());
    return 0;
  });
}

/** @throws Failure `usage.invalid` for words that name neither */
function helpFor(program: Command, words: readonly string[]): string {
  const [word = ''] = words;
  const topic = words.length === 1 && Object.hasOwn(HELP_TOPICS, word) ? HELP_TOPICS[word] : undefined;
  if (topic !== undefined) return `${topic.summary}\n\n${topic.text}`;
  let found = program;
  for (const name of words) {
    const child = found.commands.find((candidate) => candidate.name() === name);
    if (child === undefined) throw unknown(found, name);
    found = child;
  }
  return found === program ? overview(program) : helpText(found);
}

function unknown(parent: Command, name: string): Error {
  const topics = parent.parent === null ? Object.keys(HELP_TOPICS) : [];
  const near = nearestName(name, [...parent.commands.map((child) => child.name()), ...topics]);
  return usageFailure(
    'usage.invalid',
    `there is no command or topic ${JSON.stringify(name)}`,
    near === undefined ? '`salvor help` lists them' : `did you mean ${near}?`,
  );
}

function overview(program: Command): string {
  const width = Math.max(...Object.keys(HELP_TOPICS).map((name) => name.length));
  const topics = Object.entries(HELP_TOPICS).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`,
  );
  return `${helpText(program)}\nTopics (salvor help TOPIC):\n${topics.join('')}`;
}

/** The complete help text, as `--help` prints it. */
function helpText(command: Command): string {
  const parts: string[] = [];
  const { writeOut } = command.configureOutput();
  command.configureOutput({ writeOut: (part) => parts.push(part) });
  try {
    command.outputHelp();
  } finally {
    command.configureOutput({ writeOut: writeOut as (text: string) => void });
  }
  return parts.join('');
}
