import { asUuid } from '../../core/uuid.js';
import type { App, Context } from '../context.js';
import type { ReviewVerdict } from '../port.js';
import type { Part } from '../reads/counts.js';
import { requireActor } from '../security/gate.js';
import { badRequest, Refusal } from '../security/refusal.js';
import { limitedBody, MAX_NOTE_CHARS, objectBody, oneOf, optionalText, textField } from './body.js';
import { idOf } from './reads.js';

const MAX_ID_CHARS = 8192;

/** Routes for decisions. Each calls the same function as the command line, which writes the journal. */
export function actionRoutes(app: App, context: Context): void {
  app.post('/api/drift/:id', limitedBody, async (c) => {
    const actor = requireActor(c);
    const decide = able(context, 'decideDrift');
    const body = await objectBody(c);
    const verdict = oneOf(textField(body, 'verdict', 20), ['accept', 'reject'], 'verdict');
    const note = optionalText(body, 'note', MAX_NOTE_CHARS);
    const decision = { id: wholeNumber(idOf(c)), verdict, note, actor };
    return c.json(await decided(context, ['drift'], () => decide(decision)));
  });

  app.post('/api/review/row', limitedBody, async (c) => {
    const actor = requireActor(c);
    const review = able(context, 'review');
    const body = await objectBody(c);
    const artifactId = textField(body, 'id', MAX_ID_CHARS);
    const seen = body.seen === undefined ? {} : { seen: seenOf(body) };
    const decision = { artifactId, actor, ...seen, ...verdictOf(body) };
    return c.json(await decided(context, ['review'], () => review(decision)));
  });

  app.post('/api/journal/undo', limitedBody, async (c) => {
    const actor = requireActor(c);
    const undo = able(context, 'undo');
    const body = await objectBody(c);
    const entry = optionalText(body, 'entry', 20);
    const run = optionalText(body, 'run', 36);
    if ((entry === null) === (run === null)) throw badRequest('specify either an entry or a run');
    const what = entry === null ? { run: uuid(run ?? ''), actor } : { entry: wholeNumber(entry), actor };
    return c.json(await decided(context, ['drift', 'review'], () => undo(what)));
  });
}

/** Carries out a decision, then drops the affected counts. Even a failed decision may have changed something. */
async function decided<T>({ reads }: Context, parts: Part[], decide: () => Promise<T>): Promise<T> {
  try {
    return await decide();
  } finally {
    reads.forget(...parts);
  }
}

type Able = NonNullable<Context['actions']>;

/** @throws Refusal 403 if this server does not support the action */
function able<Name extends keyof Able>(context: Context, name: Name): NonNullable<Able[Name]> {
  const action = context.actions?.[name];
  if (action !== undefined) return action;
  throw new Refusal(
    403,
    'dashboard.read_only',
    context.actions === undefined ? 'the dashboard is read-only' : 'this dashboard cannot do this',
    { hint: 'use the command line' },
  );
}

const VERDICTS = ['accept', 'reject', 'unrecoverable', 'withdraw'] as const;

function verdictOf(
  body: Record<string, unknown>,
):
  | Omit<Extract<ReviewVerdict, { verdict: 'accept' }>, 'artifactId' | 'actor'>
  | Omit<Extract<ReviewVerdict, { verdict: 'reject' }>, 'artifactId' | 'actor'>
  | Omit<Extract<ReviewVerdict, { verdict: 'unrecoverable' }>, 'artifactId' | 'actor'>
  | Omit<Extract<ReviewVerdict, { verdict: 'withdraw' }>, 'artifactId' | 'actor'> {
  const verdict = oneOf(textField(body, 'verdict', 20), VERDICTS, 'verdict');
  if (verdict === 'unrecoverable') return { verdict, reason: textField(body, 'reason', MAX_NOTE_CHARS) };
  const note = optionalText(body, 'note', MAX_NOTE_CHARS);
  if (verdict === 'withdraw') return { verdict, note };
  if (verdict === 'accept') return { verdict, cid: candidate(textField(body, 'cid', 12)), note };
  const cid = optionalText(body, 'cid', 12);
  return { verdict, cid: cid === null ? null : candidate(cid), note };
}

function seenOf(body: Record<string, unknown>): string | null {
  const seen = optionalText(body, 'seen', 20);
  return seen === null ? null : wholeNumber(seen);
}

function candidate(cid: string): string {
  if (!/^[0-9a-f]{12}$/.test(cid)) throw badRequest('cid is not a candidate id');
  return cid;
}

function uuid(text: string): string {
  const id = asUuid(text);
  if (id === undefined) throw badRequest('run is not a run id');
  return id;
}

function wholeNumber(text: string): string {
  if (!/^\d{1,18}$/.test(text)) throw badRequest('not an entry number');
  return text;
}
