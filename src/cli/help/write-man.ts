import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandTree } from '../completion/command-tree.js';
import { buildProgram } from '../program.js';
import { version } from '../version.js';
import { manPages } from './man.js';

// The last step of the build: writes the man pages to the directory in package.json.
const directory = join(import.meta.dirname, '../../man');
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
for (const [name, page] of manPages(commandTree(buildProgram()), version)) {
  writeFileSync(join(directory, name), page);
}
