/** A command line for ExecStart=, word by word (systemd.service(5), "Command lines"). */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => quoteWord(word, 'command')).join(' ');
}

/**
 * Quotes one word for a setting: doubles `%`, which starts a specifier, and in a command also `$`, which starts a
 * variable. Adds double quotes if the word contains characters that need them.
 */
export function quoteWord(word: string, place: 'command' | 'path'): string {
  const percent = word.replaceAll('%', '%%');
  const plain = place === 'command' ? percent.replaceAll('$', '$$$$') : percent;
  if (place === 'path' || /^[A-Za-z0-9_@%+=:,./$-]+$/.test(plain)) return plain;
  return `"${plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
