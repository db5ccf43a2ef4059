/** The text of `docs/glossary.md`, inserted by the build. */
declare const GLOSSARY: string;

const ROW = /^\| \*\*(?<term>[^*]+)\*\* \| (?<meaning>.+) \|$/gm;

/** The glossary as plain text by term, longest terms first: `qualifying run` comes before `run`. */
const MEANINGS: readonly (readonly [pattern: RegExp, meaning: string])[] = [...GLOSSARY.matchAll(ROW)]
  .map(({ groups }) => [groups?.term ?? '', plainText(groups?.meaning ?? '')] as const)
  .sort(([a], [b]) => b.length - a.length)
  .map(([term, meaning]) => [new RegExp(`\\b${term}s?\\b`, 'i'), meaning]);

function plainText(markdown: string): string {
  return markdown.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1').replace(/[`*]/g, '');
}

/** The meaning of the glossary word in a label; undefined if there is none. */
export function meaningOf(label: string): string | undefined {
  return MEANINGS.find(([pattern]) => pattern.test(label))?.[1];
}

/** A label. If it contains a glossary word, its meaning is the tooltip. */
export function Term({ text }: { text: string }) {
  const meaning = meaningOf(text);
  return (
    <span class={meaning && 'term'} title={meaning}>
      {text}
    </span>
  );
}
