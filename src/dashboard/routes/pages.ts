import type { Context as Request } from 'hono';
import type { Asset } from '../assets.js';
import type { App, Context, Env } from '../context.js';

/** The paths of the pages. Each can be opened directly. */
const PAGES = [
  'findings',
  'listings',
  'checksums',
  'drift',
  'review',
  'residual',
  'runs',
  'journal',
  'artifacts',
];

/**
 * The static pages. They contain no data, so they need no token: someone who is not signed in must see the sign-in
 * form.
 */
export function pageRoutes(app: App, { assets }: Context): void {
  app.get('*', (c) => {
    const { path } = c.req;
    const asset = assets.get(path);
    if (asset !== undefined) {
      if (asset.immutable) c.header('cache-control', 'public, max-age=31536000, immutable');
      return answer(c, asset, 200);
    }
    const known = path === '/' || PAGES.includes(path.split('/')[1] ?? '');
    return answer(c, assets.index, known ? 200 : 404);
  });
}

function answer(c: Request<Env>, asset: Asset, status: 200 | 404): Response {
  c.header('content-type', asset.type);
  return c.body(asset.content, status);
}
