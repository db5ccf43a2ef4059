import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Failure } from '../core/failure.js';

export interface Asset {
  content: Uint8Array<ArrayBuffer>;
  type: string;
  /** Its name changes with its content. */
  immutable: boolean;
}

/** The built pages, by the path that they are asked for under. */
export interface Assets {
  index: Asset;
  get(path: string): Asset | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Reads all files into memory once. What is not among them does not exist: no request's path ever reaches the file
 * system, so there is none to climb out of.
 * @throws Failure `dashboard.no_pages`
 */
export function loadAssets(directory: string): Assets {
  const files = new Map<string, Asset>();
  try {
    for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
      const type = TYPES[extname(name)];
      if (type === undefined) continue;
      const content = new Uint8Array(readFileSync(join(directory, name)));
      files.set(`/${name}`, { content, type, immutable: name.startsWith('assets/') });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const index = files.get('/index.html');
  if (index === undefined) {
    throw new Failure('dashboard.no_pages', `${directory} holds no pages`, { hint: 'run npm run build' });
  }
  files.delete('/index.html');
  return { index, get: (path) => files.get(path) };
}
