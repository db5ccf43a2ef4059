import { expect, it } from 'vitest';
import { Cached } from '../../src/dashboard/reads/cached.js';

const LIMITS = { freshMs: 100, usableMs: 1000 };

/** Queries that the test answers when it wants to. */
function questions() {
  const asked: { resolve(value: string): void; reject(error: Error): void }[] = [];
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      asked.push({ resolve, reject });
    });
  return { asked, ask };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('runs one query for all callers at the same moment', async () => {
  const { asked, ask } = questions();
  const cached = new Cached(ask, LIMITS, () => 0);
  const both = Promise.all([cached.get(), cached.get()]);
  asked[0]?.resolve('one');
  expect(await both).toEqual(['one', 'one']);
  expect(asked).toHaveLength(1);
});

it('returns the old result while a new query runs, but never one that is too old', async () => {
  let now = 0;
  const { asked, ask } = questions();
  const cached = new Cached(ask, LIMITS, () => now);
  const first = cached.get();
  asked[0]?.resolve('one');
  await first;
  now = 500;
  expect(await cached.get()).toBe('one');
  expect(await cached.get()).toBe('one');
  expect(asked).toHaveLength(2);
  asked[1]?.resolve('two');
  await settled();
  expect(await cached.get()).toBe('two');
  now = 2000;
  const third = cached.get();
  asked[2]?.resolve('three');
  expect(await third).toBe('three');
});

it('after a change it never returns a result read before it, not even from a running query', async () => {
  let now = 0;
  const { asked, ask } = questions();
  const cached = new Cached(ask, LIMITS, () => now);
  const first = cached.get();
  asked[0]?.resolve('before');
  await first;
  now = 500;
  await cached.get();
  cached.forget();
  asked[1]?.resolve('before');
  await settled();
  const next = cached.get();
  asked[2]?.resolve('after');
  expect(await next).toBe('after');
});

it('an error goes to the caller, and the next caller repeats the query', async () => {
  const { asked, ask } = questions();
  const cached = new Cached(ask, LIMITS, () => 0);
  const first = cached.get();
  asked[0]?.reject(new Error('gone'));
  await expect(first).rejects.toThrow('gone');
  const second = cached.get();
  asked[1]?.resolve('back');
  expect(await second).toBe('back');
});
