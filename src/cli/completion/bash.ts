import { allNodes, type CommandNode, type FlagNode } from './command-tree.js';

/**
 * A completion function for bash 3.2 and later, without the package bash-completion. It follows the words before the
 * cursor down the command tree; the previous word determines whether a value is expected.
 */
export function bashScript(program: CommandNode): string {
  const nodes = allNodes(program);
  return `# bash completion for salvor. In ~/.bashrc: eval "$(salvor completion bash)"
_salvor() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path="" word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$path/$word" in
${indent(
  nodes.slice(1).map((node) => `/${node.path.join('/')}) path="$path/$word" ;;`),
  6,
)}
    esac
  done
  local flags="" words="" kind=""
  case "$path" in
${indent(
  nodes.map((node) => caseOf(node, program)),
  4,
)}
  esac
  case "$path $prev" in
${indent(
  nodes.flatMap((node) => valueCases(node)),
  4,
)}
  esac
  case "$prev" in
${indent(
  program.flags.flatMap((flag) => globalCase(flag)),
  4,
)}
  esac
  if [[ $cur == -* && $kind != value* ]]; then words="$flags"; kind=words; fi
  case "$kind" in
    *words) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
    *files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
    *directories) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
  esac
}
complete -F _salvor salvor
`;
}

function caseOf(node: CommandNode, program: CommandNode): string {
  const flags = [...node.flags, ...(node === program ? [] : program.flags)].flatMap(spellings);
  const [argument] = node.args;
  const words = [...node.children.map(({ name }) => name), ...(argument?.choices ?? [])];
  const takesFiles = node.args.some(({ kind }) => kind === 'file' || kind === 'directory');
  const kind = words.length > 0 ? 'words' : takesFiles ? 'files' : '';
  const key = node.path.length === 0 ? '""' : `/${node.path.join('/')}`;
  return `${key}) flags="${[...flags, '--help'].join(' ')}" words="${words.join(' ')}" kind="${kind}" ;;`;
}

function valueCases(node: CommandNode): string[] {
  const prefix = node.path.length === 0 ? '' : `/${node.path.join('/')}`;
  return node.flags
    .filter(({ kind }) => kind !== 'none')
    .map(
      (flag) =>
        `${spellings(flag)
          .map((name) => `"${prefix} ${name}"`)
          .join('|')}) ${completionOf(flag)} ;;`,
    );
}

function globalCase(flag: FlagNode): string[] {
  return flag.kind === 'none' ? [] : [`${spellings(flag).join('|')}) ${completionOf(flag)} ;;`];
}

function completionOf({ kind, choices }: FlagNode): string {
  if (kind === 'choice') return `kind=valuewords words="${choices.join(' ')}"`;
  if (kind === 'file') return 'kind=valuefiles';
  return kind === 'directory' ? 'kind=valuedirectories' : 'kind=value';
}

function spellings({ long, short }: FlagNode): string[] {
  return short === undefined ? [long] : [long, short];
}

function indent(lines: readonly string[], columns: number): string {
  return lines.map((line) => `${' '.repeat(columns)}${line}`).join('\n');
}
