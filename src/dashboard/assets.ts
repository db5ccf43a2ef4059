import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Failure } from '../core/failure.js';

export interface Asset {
  content: Uint8Array<ArrayBuffer>;
  type: string;
  /** Whether its name changes with its content, so that it can be cached forever. */
  immutable: boolean;
}

/** The built pages, by URL path. */
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
 * Reads all files into memory once. The path of a request never reaches the file system, so path traversal is
 * impossible.
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
    throw new Failure('dashboard.no_pages', `${directory} does not contain the dashboard's pages`, {
      hint: 'run npm run build',
    });
  }
  files.delete('/index.html');
  return { index, get: (path) => files.get(path) };
}
