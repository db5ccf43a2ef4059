import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenedDashboard } from '../../src/cli/dashboard/dashboard.js';
import { type Browser, bearer, call, JSON_TYPE, raw, signIn } from './http.js';
import { ALICE_TOKEN, buildWorld, OWN_TOKEN, serve, type World } from './world.js';

const HOUR_MS = 3_600_000;

let world: World;
let opened: OpenedDashboard & { logged: string[] };
let url: string;
let time = 0;

beforeAll(async () => {
  world = await buildWorld({ artifacts: 40, drift: 6, review: 2 });
});
afterAll(() => world.drop());
beforeEach(async () => {
  time = 0;
  opened = await serve(world, { now: () => Date.now() + time });
  url = opened.server.url;
  return () => opened.close();
});

const ACCEPT = { method: 'POST', path: '/api/drift/1', body: '{"verdict":"accept"}' };

/** Checks that nothing was decided, whatever the response was. */
async function nothingChanged(): Promise<void> {
  const { rows } = await world.client.query(
    "select (select count(*)::int from salvor.drift where state <> 'open') as decided, (select count(*)::int from salvor.decisions) as decisions, (select count(*)::int from salvor.journal where action <> 'drift') as entries",
  );
  expect(rows[0]).toEqual({ decided: 0, decisions: 0, entries: 0 });
}

describe('a change without a token', () => {
  it.each([
    ['none at all', {}],
    ['a wrong one', bearer('wrong-token-wrong-token-wrong')],
    ['the right one cut short', bearer(OWN_TOKEN.slice(0, -1))],
    ['the right one with more behind it', bearer(`${OWN_TOKEN}x`)],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: `Basic ${Buffer.from(`x:${OWN_TOKEN}`).toString('base64')}` }],
    ['a made-up cookie', { cookie: 'salvor_0=abc; salvor=abc' }],
    ['the token as a cookie', { cookie: `salvor=${OWN_TOKEN}` }],
  ])('is refused: %s', async (_, headers) => {
    const answer = await call(url, { ...ACCEPT, headers: { ...JSON_TYPE, origin: url, ...headers } });
    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ error: { code: 'dashboard.token' } });
    await nothingChanged();
  });

  it('a token in the URL is ignored', async () => {
    const answer = await call(url, {
      ...ACCEPT,
      path: `/api/drift/1?token=${OWN_TOKEN}`,
      headers: { ...JSON_TYPE, origin: url },
    });
    expect(answer.status).toBe(401);
    await nothingChanged();
  });

  it.each(['/api/drift/1', '/api/review/row', '/api/journal/undo', '/api/session/end'])(
    'no change is possible: %s',
    async (path) => {
      const answer = await call(url, {
        method: 'POST',
        path,
        headers: { ...JSON_TYPE, origin: url },
        body: '{}',
      });
      expect(answer.status).toBe(401);
    },
  );
});

describe('the Host header', () => {
  it.each([
    'evil.example',
    'evil.example:80',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost:1',
    '127.0.0.1',
    '0.0.0.0',
    '[::ffff:7f00:1]',
  ])('is refused: Host %s', async (host) => {
    const answer = await call(url, { path: '/api/overview', headers: { host, ...bearer(OWN_TOKEN) } });
    expect([400, 421]).toContain(answer.status);
    expect(answer.json()).toMatchObject({ error: { code: 'dashboard.host' } });
  });

  it.each(['user@127.0.0.1', '127.0.0.1:99999', 'a b', '127.0.0.1/x'])(
    'is refused if it is not a valid name: Host %s',
    async (host) => {
      expect(
        (await call(url, { path: '/api/overview', headers: { host, ...bearer(OWN_TOKEN) } })).status,
      ).toBe(400);
    },
  );

  it('must be present exactly once', async () => {
    expect(await raw(url, 'GET /api/overview HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    const empty = 'GET /api/overview HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n';
    expect(await raw(url, empty)).toMatch(/^HTTP\/1\.1 400 /);
    expect(
      await raw(
        url,
        `GET / HTTP/1.1\r\nHost: ${new URL(url).host}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
      ),
    ).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('takes precedence over the host in the request line', async () => {
    const { host } = new URL(url);
    const answer = await raw(
      url,
      `GET http://${host}/api/overview HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4(00|21) /);
  });

  it.each(['localhost', '127.0.0.1', '[::1]'])('is accepted: %s', async (name) => {
    const answer = await call(url, {
      path: '/api/overview',
      headers: { host: `${name}:${new URL(url).port}` },
    });
    expect(answer.status).toBe(200);
  });

  it('is accepted if the configuration allows it; then everything needs a token', async () => {
    const behind = await serve(world, { config: { dashboard: { allowed_hosts: ['salvor.example.org'] } } });
    try {
      const headers = { host: 'salvor.example.org' };
      expect((await call(behind.server.url, { path: '/api/overview', headers })).status).toBe(401);
      const signed = { ...headers, ...bearer(OWN_TOKEN) };
      expect((await call(behind.server.url, { path: '/api/overview', headers: signed })).status).toBe(200);
      expect(
        (
          await call(behind.server.url, {
            path: '/api/overview',
            headers: { ...signed, host: 'other.example.org' },
          })
        ).status,
      ).toBe(421);
    } finally {
      await behind.close();
    }
  });
});

describe('a page of another site', () => {
  let browser: Browser;
  beforeEach(async () => {
    browser = await signIn(url, { token: ALICE_TOKEN });
  });

  it.each([
    'https://evil.example',
    'http://localhost:1',
    'http://127.0.0.1',
    'null',
    'file://',
    'http://127.0.0.1.evil.example',
  ])('changes nothing: Origin %s', async (origin) => {
    const answer = await call(url, { ...ACCEPT, headers: { ...browser.headers, origin } });
    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ error: { code: 'dashboard.origin' } });
    await nothingChanged();
  });

  it('changes nothing if the browser sends no origin', async () => {
    const { origin: _, ...headers } = browser.headers;
    expect((await call(url, { ...ACCEPT, headers })).status).toBe(403);
    const foreign = { ...headers, 'sec-fetch-site': 'cross-site' };
    expect((await call(url, { ...ACCEPT, headers: foreign })).status).toBe(403);
    await nothingChanged();
  });

  it.each(['cors', 'no-cors', 'websocket'])('cannot load data: %s', async (mode) => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': mode };
    for (const method of ['GET', 'HEAD'])
      expect((await call(url, { method, path: '/metrics', headers })).status).toBe(403);
    const link = { ...headers, 'sec-fetch-mode': 'navigate' };
    expect((await call(url, { path: '/drift', headers: link })).status).toBe(200);
  });

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['a wrong one', 'x'.repeat(43)],
  ])('changes nothing without the token of the session: %s', async (_, csrf) => {
    const { 'x-csrf-token': __, ...headers } = browser.headers;
    const answer = await call(url, {
      ...ACCEPT,
      headers: { ...headers, ...(csrf === undefined ? {} : { 'x-csrf-token': csrf }) },
    });
    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ error: { code: 'dashboard.csrf' } });
    await nothingChanged();
  });

  it("another session's token does not fit", async () => {
    const other = await signIn(url, { token: OWN_TOKEN });
    const answer = await call(url, {
      ...ACCEPT,
      headers: { ...browser.headers, 'x-csrf-token': other.csrf },
    });
    expect(answer.status).toBe(403);
    await nothingChanged();
  });

  it('cannot send a form', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const answer = await call(url, { ...ACCEPT, headers: { ...browser.headers, 'content-type': type } });
      expect(answer.status).toBe(415);
    }
    await nothingChanged();
  });

  it('gets no CORS permission in any response', async () => {
    const answer = await call(url, { path: '/api/overview', headers: { origin: 'https://evil.example' } });
    expect(answer.status).toBe(403);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    const asked = await call(url, {
      method: 'OPTIONS',
      path: '/api/drift/1',
      headers: { origin: 'https://evil.example' },
    });
    expect(asked.status).toBe(405);
  });
});

describe('only POST changes anything', () => {
  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])('%s does not', async (method) => {
    const browser = await signIn(url, { token: ALICE_TOKEN });
    for (const path of ['/api/drift/1?verdict=accept', '/api/journal/undo?entry=1', '/api/session/end']) {
      await call(url, { method, path, headers: browser.headers });
    }
    await nothingChanged();
    const still = await call(url, { path: '/api/session', headers: { cookie: browser.cookie } });
    expect(still.json().actor).toBe('alice');
  });

  it('a header cannot turn a GET into a POST', async () => {
    const browser = await signIn(url, { token: ALICE_TOKEN });
    const headers = { ...browser.headers, 'x-http-method-override': 'POST', 'x-method-override': 'POST' };
    await call(url, { path: '/api/drift/1?verdict=accept&_method=POST', headers });
    await nothingChanged();
  });
});

describe('invalid input', () => {
  it('is refused if the body is too long, with and without a Content-Length', async () => {
    const headers = { ...JSON_TYPE, ...bearer(OWN_TOKEN) };
    const body = JSON.stringify({ verdict: 'accept', note: 'x'.repeat(100_000) });
    expect((await call(url, { ...ACCEPT, headers, body })).status).toBe(413);
    const { host } = new URL(url);
    const chunked = `POST /api/drift/1 HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${OWN_TOKEN}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect(await raw(url, chunked)).toMatch(/^HTTP\/1\.1 413 /);
    await nothingChanged();
  });

  it('is refused if the headers are too long', async () => {
    expect(
      await raw(url, `GET / HTTP/1.1\r\nHost: ${new URL(url).host}\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 431 /);
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no verdict', '{}'],
    ['a verdict of another kind', '{"verdict":["accept"]}'],
    ['an unknown verdict', '{"verdict":"accepted"}'],
    ['a note of another kind', '{"verdict":"accept","note":{"toString":"x"}}'],
    ['a note that is too long', `{"verdict":"accept","note":"${'x'.repeat(2001)}"}`],
    ['a note with a NUL', '{"verdict":"accept","note":"\\u0000"}'],
    ['a prototype', '{"__proto__":{"verdict":"accept"}}'],
  ])('is refused when it is %s', async (_, body) => {
    const answer = await call(url, { ...ACCEPT, headers: { ...JSON_TYPE, ...bearer(OWN_TOKEN) }, body });
    expect(answer.status).toBe(400);
    await nothingChanged();
  });

  it.each([
    ['/api/runs?after=', Buffer.from('["yesterday","x"]').toString('base64url')],
    ['/api/runs?after=', Buffer.from('["2026-01-01","x"]').toString('base64url')],
    ['/api/journal?run=', '-'.repeat(36)],
  ])('that the database cannot parse is a client error: %s%s', async (path, value) => {
    const answer = await call(url, { path: `${path}${value}` });
    expect([answer.status, opened.logged]).toEqual([400, []]);
    expect(answer.json()).toMatchObject({ error: { code: 'dashboard.request' } });
  });

  it('an invalid run id undoes nothing', async () => {
    const headers = { ...JSON_TYPE, ...bearer(OWN_TOKEN) };
    const answer = await call(url, {
      method: 'POST',
      path: '/api/journal/undo',
      headers,
      body: '{"run":"the last one"}',
    });
    expect([answer.status, opened.logged]).toEqual([400, []]);
  });

  it('an invalid id runs no query', async () => {
    for (const id of ['1%20or%201=1', "1'--", '-1', '1e3', '9'.repeat(30), '%00', '0x1']) {
      const answer = await call(url, {
        ...ACCEPT,
        path: `/api/drift/${id}`,
        headers: { ...JSON_TYPE, ...bearer(OWN_TOKEN) },
      });
      expect([400, 404]).toContain(answer.status);
      expect([400, 404]).toContain((await call(url, { path: `/api/drift/${id}` })).status);
    }
    await nothingChanged();
  });

  it('cannot inject lines into a response', async () => {
    const { host } = new URL(url);
    for (const path of [
      '/%0d%0aSet-Cookie:%20a=b',
      '/api/drift/%0d%0aX-Evil:%201',
      '/api/runs?job=%0d%0aX-Evil:1',
    ]) {
      const answer = await raw(url, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      const head = answer.slice(0, answer.indexOf('\r\n\r\n'));
      expect(head).not.toMatch(/^(set-cookie|x-evil):/im);
    }
    const answer = await raw(
      url,
      `POST /api/session HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${url}\r\nX-Forwarded-Host: evil.example\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    );
    expect(answer).not.toContain('evil.example');
  });
});

describe('static files', () => {
  it.each([
    '/../../../../etc/passwd',
    '/assets/../../../../package.json',
    '/..%2f..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '/assets/..%5c..%5cpackage.json',
    '//etc/passwd',
    '/assets/%00',
    '/file:///etc/passwd',
    '/package.json',
    '/server.js',
    '/assets/',
    '/.git/config',
  ])('are all that is served: %s', async (path) => {
    const answer = await call(url, { path });
    expect([200, 400, 404]).toContain(answer.status);
    // The index page, which says that there is no such page; never a file from elsewhere.
    if (answer.status !== 400) expect(answer.body).toContain('<div id="app">');
    expect(answer.body).not.toMatch(/root:|"dependencies"|import /);
  });

  it('have the right types, and only files with a hash in the name are cached', async () => {
    const page = await call(url, { path: '/' });
    const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(page.body) ?? [];
    const answer = await call(url, { path: script ?? '' });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(page.headers['cache-control']).toBe('no-store');
  });
});

describe('every response', () => {
  it.each(['/', '/nowhere', '/api/overview', '/api/nothing', '/api/drift/x', '/favicon.svg', '/metrics'])(
    'forbids external scripts, framing and content sniffing: %s',
    async (path) => {
      const { headers } = await call(url, { path });
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|data:|https?:/);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['x-powered-by'] ?? headers.server).toBeUndefined();
    },
  );

  it('the page has no inline script or style', async () => {
    const { body } = await call(url, { path: '/' });
    expect(body).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/);
  });
});

describe('signing in', () => {
  it('with the link works once, and not after fifteen minutes', async () => {
    const link = new URL(opened.server.signInUrl).hash.replace('#sign-in=', '');
    const browser = await signIn(url, { link });
    const who = await call(url, { path: '/api/session', headers: { cookie: browser.cookie } });
    expect(who.json().actor).toBe('operator@test');
    await expect(signIn(url, { link })).rejects.toThrow('401');

    const later = await serve(world, { now: () => Date.now() + time });
    const unused = new URL(later.server.signInUrl).hash.replace('#sign-in=', '');
    time = 16 * 60_000;
    await expect(signIn(later.server.url, { link: unused })).rejects.toThrow('401');
    await later.close();
  });

  it('sets a cookie that scripts and other sites cannot read', async () => {
    const send = (origin: string) =>
      call(url, {
        method: 'POST',
        path: '/api/session',
        headers: { ...JSON_TYPE, origin },
        body: JSON.stringify({ token: ALICE_TOKEN }),
      });
    const cookie = String((await send(url)).headers['set-cookie']);
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Strict/);
    expect(cookie).toMatch(/; Path=\//);
    expect(cookie).not.toContain(ALICE_TOKEN);
    // Behind a TLS proxy, the cookie is sent only over TLS.
    expect(String((await send(url.replace('http:', 'https:'))).headers['set-cookie'])).toMatch(/; Secure/);
  });

  it('ends after twelve hours, and on signing out', async () => {
    const browser = await signIn(url, { token: ALICE_TOKEN });
    time = 13 * HOUR_MS;
    const late = await call(url, { ...ACCEPT, headers: browser.headers });
    expect(late.status).toBe(401);

    const again = await signIn(url, { token: ALICE_TOKEN });
    expect(
      (await call(url, { method: 'POST', path: '/api/session/end', headers: again.headers, body: '{}' }))
        .status,
    ).toBe(200);
    expect((await call(url, { ...ACCEPT, headers: again.headers })).status).toBe(401);
    await nothingChanged();
  });

  it('with wrong tokens is rate limited per address for a while, without affecting signed-in sessions', async () => {
    const browser = await signIn(url, { token: ALICE_TOKEN });
    const attempt = (token: string) =>
      call(url, { path: '/api/overview', headers: bearer(token) }).then((answer) => answer.status);
    const statuses: number[] = [];
    for (let n = 0; n < 12; n += 1) statuses.push(await attempt(`wrong-${n}-wrong-wrong-wrong`));
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.slice(10)).toEqual([429, 429]);
    // The right token is refused too: an attacker must not learn that a guess was right.
    const right = await call(url, { path: '/api/overview', headers: bearer(OWN_TOKEN) });
    expect(right.status).toBe(429);
    expect(Number(right.headers['retry-after'])).toBeGreaterThan(0);
    expect(
      (await call(url, { path: '/api/session', headers: { cookie: browser.cookie } })).json().actor,
    ).toBe('alice');
    time = 120_000;
    expect(await attempt(OWN_TOKEN)).toBe(200);
  });
});

describe('an address that others can reach', () => {
  it('serves only the static pages without a token', async () => {
    const open = await serve(world, { listen: '0.0.0.0:0' });
    try {
      expect(open.server.loopback).toBe(false);
      const base = open.server.url;
      for (const path of [
        '/api/overview',
        '/api/drift',
        '/api/journal',
        '/api/events',
        '/metrics',
        '/api/artifact?id=a-0000001',
      ]) {
        expect((await call(base, { path })).status, path).toBe(401);
      }
      const session = (await call(base, { path: '/api/session' })).json();
      expect(session).toMatchObject({
        sign_in_needed: true,
        actor: null,
        csrf: null,
        registry: '',
        host: '',
      });
      expect((await call(base, { path: '/' })).status).toBe(200);
      expect((await call(base, { path: '/api/overview', headers: bearer(ALICE_TOKEN) })).status).toBe(200);
      expect(
        (
          await call(base, {
            path: '/api/overview',
            headers: { host: 'evil.example', ...bearer(ALICE_TOKEN) },
          })
        ).status,
      ).toBe(421);
    } finally {
      await open.close();
    }
  });

  it.each([
    ['x-forwarded-for', '203.0.113.7'],
    ['x-forwarded-host', 'salvor.example.org'],
    ['x-forwarded-proto', 'https'],
    ['via', '1.1 varnish'],
  ])('a proxy before the loopback interface is such an address: %s', async (name, value) => {
    const answer = await call(url, { path: '/api/overview', headers: { [name]: value } });
    expect(answer.status).toBe(401);
  });
});

describe('read-only', () => {
  it('refuses every decision, with or without a token, and says so', async () => {
    const reading = await serve(world, { readOnly: true });
    try {
      const base = reading.server.url;
      const headers = { ...JSON_TYPE, ...bearer(OWN_TOKEN) };
      for (const [path, body] of [
        ['/api/drift/1', '{"verdict":"accept"}'],
        ['/api/review/row', '{"id":"m-0001","verdict":"reject"}'],
        ['/api/journal/undo', '{"entry":"1"}'],
      ] as const) {
        const answer = await call(base, { method: 'POST', path, headers, body });
        expect(answer.status).toBe(403);
        expect(answer.json()).toMatchObject({ error: { code: 'dashboard.read_only' } });
      }
      expect((await call(base, { path: '/api/session' })).json()).toMatchObject({ read_only: true });
      await nothingChanged();
    } finally {
      await reading.close();
    }
  });
});

it('a weak or shared secret is refused before the server listens', async () => {
  for (const tokens of [{ bob: 'short' }, { bob: ALICE_TOKEN, eve: ALICE_TOKEN }, { bob: OWN_TOKEN }]) {
    await expect(serve(world, { config: { dashboard: { tokens } } })).rejects.toMatchObject({
      code: 'dashboard.weak_token',
      exitCode: 2,
    });
  }
});

it('an error reveals no internals', async () => {
  expect((await call(url, { path: '/api/journal' })).status).toBe(200);
  await world.client.query('alter table salvor.journal rename to journal_away');
  try {
    const answer = await call(url, { path: '/api/journal' });
    expect(answer.status).toBe(503);
    expect(answer.body).not.toMatch(/select |\.ts|\.js|node_modules/);
  } finally {
    await world.client.query('alter table salvor.journal_away rename to journal');
  }
});
