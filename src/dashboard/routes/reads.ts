import type { Context as Request } from 'hono';
import type { App, Context, Env } from '../context.js';
import { requireReader } from '../security/gate.js';
import { badRequest } from '../security/refusal.js';

/** Longer than any valid key. */
const MAX_PARAMETER_CHARS = 8192;

const STATES = ['open', 'accepted', 'rejected', 'returned', 'superseded'];
const CLASSES = ['corrupt', 'rewritten', 'unknown', 'recorded'];
const SHOWN = ['waiting', 'decided', 'all'];
const FINDINGS_SHOWN = ['counting', 'all'];
const STATUSES = ['running', 'ok', 'partial', 'findings', 'incomplete', 'interrupted'];

/** Routes that only read: the database refuses writes on these connections. */
export function readRoutes(app: App, context: Context): void {
  const { reads } = context;
  app.use('/api/*', async (c, next) => {
    if (!c.req.path.startsWith('/api/session')) requireReader(c, context);
    await next();
  });
  app.get('/api/overview', async (c) => c.json(await reads.overview.get()));
  app.get('/api/checksums', async (c) => c.json(await reads.checksums.view()));

  app.get('/api/findings/causes', async (c) => c.json(await reads.causes()));
  app.get('/api/findings', async (c) => {
    return c.json(await reads.findings.page(withScope(parametersOf(c, ['job', 'scope', 'code', 'after']))));
  });

  app.get('/api/listings/scopes', async (c) => c.json(await reads.listings.scopes()));
  app.get('/api/listings/partitions', async (c) =>
    c.json(await reads.listings.partitions(parametersOf(c, ['scope', 'after']))),
  );
  app.get('/api/listings/history', async (c) =>
    c.json(await reads.listings.history(withScope(parametersOf(c, ['scope', 'partition'])))),
  );
  app.get('/api/listings/findings', async (c) => {
    const query = withScope(parametersOf(c, ['scope', 'prefix', 'code', 'show', 'after']));
    requireWord(query.show, FINDINGS_SHOWN, 'show');
    return c.json(await reads.findings.page(query));
  });

  app.get('/api/drift', async (c) => {
    const query = parametersOf(c, ['state', 'class', 'type', 'after']);
    requireWord(query.state, STATES, 'state');
    requireWord(query.class, CLASSES, 'class');
    return c.json(await reads.drift.page(query));
  });
  app.get('/api/drift/:id', async (c) => c.json(await reads.drift.detail(idOf(c))));

  app.get('/api/review', async (c) => {
    const query = parametersOf(c, ['type', 'show', 'after']);
    requireWord(query.show, SHOWN, 'show');
    return c.json(await reads.review.page(query));
  });
  app.get('/api/residual', async (c) =>
    c.json(await reads.review.residual(parametersOf(c, ['type', 'status', 'after']))),
  );
  app.get('/api/review/row', async (c) => c.json(await reads.review.detail(keyOf(c))));

  app.get('/api/runs', async (c) => {
    const query = parametersOf(c, ['job', 'status', 'after']);
    requireWord(query.status, STATUSES, 'status');
    return c.json(await reads.runs.page(query));
  });
  app.get('/api/runs/:id', async (c) =>
    c.json(await reads.runs.detail(idOf(c), parametersOf(c, ['after']).after)),
  );

  app.get('/api/journal', async (c) =>
    c.json(await reads.journal.page(parametersOf(c, ['run', 'artifact', 'action', 'actor', 'after']))),
  );
  app.get('/api/journal/:id', async (c) => c.json(await reads.journal.get(idOf(c))));
  app.get('/api/artifact', async (c) => c.json(await reads.artifact(keyOf(c))));
}

/** The named query parameters, without empty ones. @throws Refusal */
function parametersOf<Name extends string>(
  c: Request<Env>,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = c.req.query(name);
    if (value === undefined || value === '') continue;
    if (value.length > MAX_PARAMETER_CHARS || value.includes('\0'))
      throw badRequest(`${name} is too long or contains a NUL character`);
    found[name] = value;
  }
  return found;
}

function withScope<T extends { scope?: string }>(query: T): T & { scope: string } {
  const { scope } = query;
  if (scope === undefined) throw badRequest('scope is missing');
  return { ...query, scope };
}

function requireWord(value: string | undefined, words: readonly string[], name: string): void {
  if (value !== undefined && !words.includes(value))
    throw badRequest(`${name} must be one of ${words.join(', ')}`);
}

/** The id parameter. An artifact id may be any text, even `..`, so it is never part of a path. @throws Refusal */
function keyOf(c: Request<Env>): string {
  const { id } = parametersOf(c, ['id']);
  if (id === undefined) throw badRequest('id is missing');
  return id;
}

/** The last segment of the path, decoded. @throws Refusal */
export function idOf(c: Request<Env>): string {
  const id = c.req.param('id') ?? '';
  if (id.length > MAX_PARAMETER_CHARS || id.includes('\0'))
    throw badRequest('the id is too long or contains a NUL character');
  return id;
}
