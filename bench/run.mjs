// Runs the benchmarks. Each compares Salvor with its peers on the same work: `npm run bench [name...]`.
import { readdirSync } from 'node:fs';
import { cpus, release } from 'node:os';

const all = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.replace(/\.mjs$/, ''))
  .sort();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`no such benchmark: ${unknown.join(', ')}; there are ${all.join(', ')}`);
  process.exit(2);
}

console.log(
  `node ${process.version}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`,
);
for (const name of asked.length > 0 ? asked : all) {
  console.log(`\n## ${name}\n`);
  const { run } = await import(`./${name}.mjs`);
  await run();
}
