import { allNodes, type CommandNode, type FlagNode } from './command-tree.js';

/** Completions for fish 3 and later: one line per command, argument and flag, each with its description. */
export function fishScript(program: CommandNode): string {
  const lines = allNodes(program).flatMap((node) => nodeLines(node, program));
  return `# fish completion for salvor: salvor completion fish > ~/.config/fish/completions/salvor.fish
function __salvor_at --description 'test whether the words so far name exactly this command'
    set -l path
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; and continue
        contains -- (string join / $path $word) $__salvor_paths; and set -a path $word
    end
    set -l at (string join / $path)
    test "$at" = "$argv[1]"
end
set -g __salvor_paths ${allNodes(program)
    .slice(1)
    .map(({ path }) => path.join('/'))
    .join(' ')}
complete -c salvor -f
${program.flags.map((flag) => `complete -c salvor ${flagText(flag)}`).join('\n')}
complete -c salvor -s h -l help -d 'show this help'
${lines.join('\n')}
`;
}

function nodeLines(node: CommandNode, program: CommandNode): string[] {
  const at = `complete -c salvor -n '__salvor_at ${node.path.join('/') || '""'}'`;
  const children = node.children.map(({ name, summary }) => `${at} -a ${name} -d ${quoted(summary)}`);
  const choices = node.args.flatMap(({ choices }) => choices).map((choice) => `${at} -a ${choice}`);
  const files = node.args.some(({ kind }) => kind === 'file' || kind === 'directory') ? [`${at} -F`] : [];
  const flags = node === program ? [] : node.flags.map((flag) => `${at} ${flagText(flag)}`);
  return [...children, ...choices, ...files, ...flags];
}

function flagText({ long, short, kind, choices, description }: FlagNode): string {
  const name = `${short === undefined ? '' : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
  const value: Record<FlagNode['kind'], string> = {
    none: '',
    text: ' -x',
    file: ' -r -F',
    directory: ` -x -a '(__fish_complete_directories)'`,
    choice: ` -x -a ${quoted(choices.join(' '))}`,
  };
  return `${name}${value[kind]} -d ${quoted(description)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
