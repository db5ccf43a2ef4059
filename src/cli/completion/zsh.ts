import { type ArgumentNode, allNodes, type CommandNode, type FlagNode } from './command-tree.js';

/** Completions for zsh, with descriptions: one function for each command, over `_arguments`. */
export function zshScript(program: CommandNode): string {
  return `#compdef salvor
# zsh completion for salvor: salvor completion zsh > a directory of $fpath/_salvor
${allNodes(program)
  .map((node) => functionOf(node, program))
  .join('\n')}
if [ "$funcstack[1]" = _salvor ]; then _salvor "$@"; else compdef _salvor salvor; fi
`;
}

function functionOf(node: CommandNode, program: CommandNode): string {
  const flags = [...node.flags, ...(node === program ? [] : program.flags)].flatMap(flagSpecs);
  const help = `'(- *)'{-h,--help}'[show this help]'`;
  const rest = node.children.length > 0 ? childSpecs() : node.args.map(argumentSpec);
  const dispatch = node.children.length > 0 ? dispatchText(node) : '';
  return `${functionName(node)}() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C -s -S \\
${[...flags, help, ...rest].map((spec) => `    ${spec}`).join(' \\\n')}
${dispatch}}
`;
}

function childSpecs(): string[] {
  return [`'1: :->command'`, `'*::argument:->argument'`];
}

function dispatchText(node: CommandNode): string {
  const names = node.children.map(({ name, summary }) => `      ${quoted(`${name}:${summary}`)}`);
  const calls = node.children.map((child) => `      ${child.name}) ${functionName(child)} ;;`);
  return `  case $state in
    command)
      local -a commands
      commands=(
${names.join('\n')}
      )
      _describe -t commands command commands ;;
    argument)
      case $line[1] in
${calls.join('\n')}
      esac ;;
  esac
`;
}

function functionName({ path }: CommandNode): string {
  return ['_salvor', ...path].join('_').replaceAll('-', '_');
}

function flagSpecs({ long, short, description, kind, choices, placeholder }: FlagNode): string[] {
  const text = `[${bracketed(description)}]`;
  const value =
    kind === 'none' ? '' : `:${placeholder.replaceAll(/[<>[\].:]/g, '')}:${actionOf(kind, choices)}`;
  const many = placeholder.includes('...') ? '*' : '';
  return [long, ...(short === undefined ? [] : [short])].map((name) =>
    quoted(`${many}${name}${text}${value}`),
  );
}

function argumentSpec({ name, kind, choices, many }: ArgumentNode): string {
  return quoted(`${many ? '*' : ''}:${name}:${actionOf(kind, choices)}`);
}

function actionOf(kind: FlagNode['kind'], choices: readonly string[]): string {
  if (kind === 'choice') return `(${choices.join(' ')})`;
  if (kind === 'file') return '_files';
  return kind === 'directory' ? '_files -/' : ' ';
}

function bracketed(text: string): string {
  return text.replaceAll(/[[\]]/g, (bracket) => `\\${bracket}`).replaceAll(':', '\\:');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
