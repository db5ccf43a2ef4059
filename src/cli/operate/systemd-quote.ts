/** A command line for ExecStart=, word by word (systemd.service(5), "Command lines"). */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => quoteWord(word, 'command')).join(' ');
}

/**
 * One word as a setting takes it: `%` doubled, for it begins a specifier; in a command `$` too, for it begins a
 * variable; in double quotes where it holds what would end or change a bare word.
 */
export function quoteWord(word: string, place: 'command' | 'path'): string {
  const percent = word.replaceAll('%', '%%');
  const plain = place === 'command' ? percent.replaceAll('$', '$$$$') : percent;
  if (place === 'path' || /^[A-Za-z0-9_@%+=:,./$-]+$/.test(plain)) return plain;
  return `"${plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
