// Searching listings for many names: cost per line by number of names, and the setup cost. With names that share an ending
// (`…_table`) and names that do not; the lines look like tar output, and none contains a wanted name.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const LINES = 200_000;
const COUNTS = [150, 1_000, 10_000, 100_000];

function listing() {
  let text = '';
  for (let i = 0; i < LINES; i += 1) {
    const hash = (Math.imul(i, 2654435761) >>> 0).toString(16);
    const end = i % 2 === 0 ? 'table' : `${hash.slice(0, 5)}.csv`;
    text += `-rw-r--r-- scidex/scidex    183746 2026-04-19 03:1${i % 10} data/artifacts/run-${hash}/gene_${i}_${end}\n`;
  }
  return Buffer.from(text);
}

const names = {
  alike: (count) =>
    Array.from(
      { length: count },
      (_, i) => `${(Math.imul(i + 1, 48271) >>> 0).toString(36).padStart(9, 'x')}_table`,
    ),
  different: (count) =>
    Array.from(
      { length: count },
      (_, i) => `wanted_${(Math.imul(i + 7, 2654435761) >>> 0).toString(36).padStart(9, 'q')}`,
    ),
};

export async function run() {
  const { Needles } = await import(
    pathToFileURL(join(import.meta.dirname, '..', 'dist/archive/listing/needles.js')).href
  );
  const lines = listing();
  console.log('| names | wanted | set-up, ms | µs a line | times 150 names |');
  console.log('|---|---|---|---|---|');
  for (const [kind, make] of Object.entries(names)) {
    let base = 0;
    for (const count of COUNTS) {
      const texts = make(count);
      const began = process.cpuUsage();
      const needles = new Needles(texts);
      const setUpMs = process.cpuUsage(began).user / 1000;
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 5; round += 1) {
        const start = process.cpuUsage();
        for (let at = needles.next(lines, 0); at >= 0; ) at = needles.next(lines, lines.indexOf(0x0a, at));
        best = Math.min(best, process.cpuUsage(start).user);
      }
      const perLine = best / LINES;
      if (count === COUNTS[0]) base = perLine;
      console.log(
        `| end ${kind === 'alike' ? 'alike' : 'differently'} | ${count.toLocaleString('en')} | ${setUpMs.toFixed(1)} | ${perLine.toFixed(3)} | ${(perLine / base).toFixed(2)} |`,
      );
    }
  }
}
