import type { Argument, Command, Option } from 'commander';
import { type CommandHelp, helpOf } from '../help/command-help.js';
import { optionText } from '../help/format.js';

/** The kind of a flag's or argument's value, if a shell can complete it. */
type ValueKind = 'none' | 'text' | 'file' | 'directory' | 'choice';

export interface FlagNode {
  long: string;
  short: string | undefined;
  /** As in the help, such as `<file>`; empty for a flag without a value. */
  placeholder: string;
  kind: ValueKind;
  choices: readonly string[];
  description: string;
  group: string;
}

export interface ArgumentNode {
  name: string;
  kind: ValueKind;
  choices: readonly string[];
  required: boolean;
  many: boolean;
  description: string;
}

/** A command as completion scripts and man pages need it. */
export interface CommandNode {
  name: string;
  /** The words of the command after the program name. */
  path: readonly string[];
  summary: string;
  help: CommandHelp;
  flags: readonly FlagNode[];
  args: readonly ArgumentNode[];
  children: readonly CommandNode[];
}

export function commandTree(command: Command, path: readonly string[] = []): CommandNode {
  return {
    name: command.name(),
    path,
    summary: command.summary() || command.description(),
    help: helpOf(command),
    flags: command.options.map(flagNode),
    args: command.registeredArguments.map(argumentNode),
    children: command.commands.map((child) => commandTree(child, [...path, child.name()])),
  };
}

/** The command and all its subcommands, parents first. */
export function allNodes(node: CommandNode): CommandNode[] {
  return [node, ...node.children.flatMap(allNodes)];
}

function flagNode(option: Option): FlagNode {
  const placeholder = /[<[].*$/.exec(option.flags)?.[0] ?? '';
  return {
    long: option.long ?? option.flags,
    short: option.short,
    placeholder,
    kind: kindOf(placeholder, option.argChoices),
    choices: option.argChoices ?? [],
    description: optionText(option),
    group: option.helpGroupHeading ?? 'Options:',
  };
}

function argumentNode(argument: Argument): ArgumentNode {
  const name = argument.name();
  return {
    name,
    // A store can be a directory: file:///…, or its path.
    kind: name === 'url' ? 'file' : kindOf(`<${name}>`, argument.argChoices),
    choices: argument.argChoices ?? [],
    required: argument.required,
    many: argument.variadic,
    description: argument.description,
  };
}

const KINDS: Readonly<Record<string, ValueKind>> = {
  file: 'file',
  path: 'file',
  archive: 'file',
  dir: 'directory',
};

function kindOf(placeholder: string, choices: readonly string[] | undefined): ValueKind {
  if (placeholder === '') return 'none';
  if (choices !== undefined) return 'choice';
  return KINDS[placeholder.replaceAll(/[^a-z]/g, '')] ?? 'text';
}
