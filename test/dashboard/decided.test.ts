import { Hono } from 'hono';
import { expect, it, vi } from 'vitest';
import type { Context, Env } from '../../src/dashboard/context.js';
import { actionRoutes } from '../../src/dashboard/routes/actions.js';
import { JSON_TYPE } from './http.js';

const decisions = [
  { path: '/api/drift/1', body: { verdict: 'accept' }, forgotten: ['drift'] },
  { path: '/api/review/row', body: { id: 'a', verdict: 'reject' }, forgotten: ['review'] },
  { path: '/api/journal/undo', body: { entry: '1' }, forgotten: ['drift', 'review'] },
];

/** Routes with stubbed decisions. Records which counts are dropped. */
async function decide(path: string, body: object, end: () => Promise<object>) {
  const order: string[] = [];
  const carriedOut = async () => {
    order.push('decided');
    return end();
  };
  const forget = vi.fn(() => order.push('forgotten'));
  const context = {
    reads: { forget },
    actions: { decideDrift: carriedOut, review: carriedOut, undo: carriedOut },
  };
  const app = new Hono<Env>();
  app.use('*', (c, next) => {
    c.set('caller', { actor: 'alice' });
    return next();
  });
  app.onError((error, c) => c.text(error.message, 500));
  actionRoutes(app, context as unknown as Context);
  const answer = await app.request(path, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });
  return { status: answer.status, order, parts: forget.mock.calls.flat() };
}

it.each(decisions)('$path: a decision drops the affected counts', async (one) => {
  const { status, order, parts } = await decide(one.path, one.body, async () => ({}));
  expect({ status, order, parts }).toEqual({
    status: 200,
    order: ['decided', 'forgotten'],
    parts: one.forgotten,
  });
});

it.each(decisions)(
  '$path: a failed decision drops them too, because something may have changed',
  async (one) => {
    const { status, order, parts } = await decide(one.path, one.body, () =>
      Promise.reject(new Error('broke')),
    );
    expect({ status, order, parts }).toEqual({
      status: 500,
      order: ['decided', 'forgotten'],
      parts: one.forgotten,
    });
  },
);
