import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keywordNames } from '../../../src/registry/connection/keywords.js';
import { serversOf } from '../../../src/registry/connection/servers.js';

const base = mkdtempSync(join(tmpdir(), 'salvor-libpq-'));
const NO_HOME = { HOME: '/nonexistent' };
const pem = join(base, 'root.crt');
beforeAll(() => {
  writeFileSync(pem, 'CERTIFICATE');
  writeFileSync(join(base, 'client.key'), 'KEY', { mode: 0o600 });
});
afterAll(() => rmSync(base, { recursive: true }));

/** `user:password@host:port/database`, with `+tls` where encrypted and `+verified` where that is verified. */
function read(text: string, env: NodeJS.ProcessEnv = NO_HOME): string[] {
  return serversOf(text, env).servers.flatMap(({ ways }) =>
    ways.map(({ user, password, host, port, database, ssl }) => {
      const found = typeof password === 'function' ? password() : password;
      const tls = typeof ssl === 'object' ? `+tls${ssl.rejectUnauthorized ? '+verified' : ''}` : '';
      return `${user}${found === undefined ? '' : `:${found}`}@${host}:${port}/${database}${tls}`;
    }),
  );
}

describe('a connection string is read as libpq reads it', () => {
  it.each([
    ['postgres://u@h/d', ['u@h:5432/d+tls', 'u@h:5432/d']],
    ['postgres://u@h/d?sslmode=prefer', ['u@h:5432/d+tls', 'u@h:5432/d']],
    ['postgres://u@h/d?sslmode=allow', ['u@h:5432/d', 'u@h:5432/d+tls']],
    ['postgres://u@h/d?sslmode=disable', ['u@h:5432/d']],
    ['postgres://u@h/d?sslmode=require', ['u@h:5432/d+tls']],
    ['postgres://u@h/d?ssl=true', ['u@h:5432/d+tls']],
    ['postgres://u@h/d?sslmode=verify-full', ['u@h:5432/d+tls+verified']],
    ['postgres://u@h/d?sslrootcert=system', ['u@h:5432/d+tls+verified']],
    [`postgres://u@h/d?sslmode=require&sslrootcert=${pem}`, ['u@h:5432/d+tls+verified']],
    ['postgres://u@%2Frun%2Fsock/d?sslmode=prefer', ['u@/run/sock:5432/d']],
    ['postgres://u@/d?host=/run/sock&port=5433', ['u@/run/sock:5433/d']],
    ['postgres://u@[::1]:5433/d?sslmode=disable', ['u@::1:5433/d']],
    ['postgres://u@a:1,b:2/d?sslmode=disable', ['u@a:1/d', 'u@b:2/d']],
    ['postgres://u@a,[::1]:2/d?sslmode=disable', ['u@a:5432/d', 'u@::1:2/d']],
    ['postgres://u@/d?host=a,b&port=1,2&sslmode=disable', ['u@a:1/d', 'u@b:2/d']],
    ['postgres://u@/d?host=a,b&port=7&sslmode=disable', ['u@a:7/d', 'u@b:7/d']],
    ['postgres://a%40b:p%3Aw+%2F@h/d%20e?sslmode=disable', ['a@b:p:w+/@h:5432/d e']],
    ['postgres://u@h?sslmode=disable', ['u@h:5432/u']],
    ['postgres://h/d?user=u&password=a+b&sslmode=disable', ['u:a+b@h:5432/d']],
    ['postgres://u@db/d?hostaddr=10.0.0.1&sslmode=disable', ['u@10.0.0.1:5432/d']],
    ["host=h user = u dbname='d e' password='it\\'s \\\\' sslmode=disable", ["u:it's \\@h:5432/d e"]],
    ['host=/run/sock user=u dbname=a\\ b', ['u@/run/sock:5432/a b']],
    ["host=h user=u password='' sslmode=disable", ['u@h:5432/u']],
  ])('%s', (url, expected) => {
    expect(read(url)).toEqual(expected);
  });

  it('passes on what the driver needs for options, names and time limits', () => {
    const text =
      'postgres://u@h/d?options=-c%20search_path%3Da,b&application_name=mine&connect_timeout=3&keepalives=0&channel_binding=require&sslmode=require';
    expect(serversOf(text, NO_HOME).servers[0]?.ways[0]).toMatchObject({
      options: '-c search_path=a,b',
      application_name: 'mine',
      connectionTimeoutMillis: 3000,
      keepAlive: false,
      enableChannelBinding: true,
    });
  });

  it('verifies the certificate against the name even if it connects by address', () => {
    const [way] =
      serversOf('host=db.example hostaddr=10.0.0.1 sslmode=require', NO_HOME).servers[0]?.ways ?? [];
    expect(way).toMatchObject({ host: '10.0.0.1', ssl: { servername: 'db.example' } });
  });

  it('the environment supplies what the string omits, and the string takes precedence', () => {
    const env = { ...NO_HOME, PGHOST: 'e', PGPORT: '7', PGUSER: 'eu', PGDATABASE: 'ed', PGPASSWORD: 'ep' };
    const all = { ...env, PGSSLMODE: 'disable' };
    expect(read('postgres://', all)).toEqual(['eu:ep@e:7/ed']);
    expect(read('postgres://u:p@h:1/d?sslmode=require', all)).toEqual(['u:p@h:1/d+tls']);
  });

  it.each([
    ['postgres://u@h/d?target_session_attrs=best', /target_session_attrs=best.*read-write/],
    ['postgres://u@h/d?sslmode=verify', /sslmode=verify.*verify-ca/],
    ['postgres://u@h/d?sslmode=require&sslrootcert=system', /sslrootcert=system needs sslmode=verify-full/],
    ['postgres://u@h/d?sslmode=verify-ca', /needs a certificate authority/],
    ['postgres://u@h/d?sslmode=verify-full&sslrootcert=/no/such.pem', /\/no\/such\.pem \(sslrootcert\)/],
    ['postgres://u@h/d?gssencmode=require', /GSSAPI/],
    ['postgres://u@h/d?require_auth=scram-sha-256', /login methods/],
    ['postgres://u@h/d?channel_binding=yes', /channel_binding=yes/],
    ['postgres://u@h/d?connect_timeout=soon', /connect_timeout=soon.*seconds/],
    ['postgres://u@h/d?client_encoding=latin1', /UTF-8/],
    ['postgres://u@h/d?schema=public', /schema in the url.*not a parameter/],
    ['postgres://u@h/d?constructor=x', /constructor in the url/],
    ['postgres://u@a,b,c/d?port=1,2', /3 hosts.*2 ports/],
    ['postgres://u@h:54x/d', /port/],
    ['postgres://u:p@ss:w@h/d', /more than one port|port/],
    ['postgres://u:100%@h/d', /%-encoded/],
    ['host=h dbname', /name=value/],
    ["host='h", /name=value/],
    ['host=@abstract', /abstract/],
    ['postgres:///?service=x', /service x .*defined in none of/],
    ['postgres:///?service=x&servicefile=/no/such', /\/no\/such cannot be read/],
  ])('%s is refused with the reason', (url, message) => {
    expect(() => serversOf(url, NO_HOME)).toThrowError(
      expect.objectContaining({
        code: 'registry.bad_url',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(/./),
      }),
    );
  });

  it('never repeats a value that may be part of a password', () => {
    for (const url of [
      'postgres://u:s3cret%@h/d',
      "password=s3cret 'x",
      'postgres://u:p?s3cret&word=x/@h/d',
    ]) {
      let message = '';
      try {
        serversOf(url, NO_HOME);
      } catch (error) {
        message = String(error);
      }
      expect(message).not.toBe('');
      expect(message).not.toContain('s3cret');
    }
  });

  it('knows every parameter of libpq 18', () => {
    const manual =
      'host hostaddr port dbname user password passfile require_auth channel_binding connect_timeout client_encoding options application_name fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout replication gssencmode sslmode requiressl sslnegotiation sslcompression sslcert sslkey sslkeylogfile sslpassword sslcertmode sslrootcert sslcrl sslcrldir sslsni requirepeer ssl_min_protocol_version ssl_max_protocol_version min_protocol_version max_protocol_version krbsrvname gsslib gssdelegation scram_client_key scram_server_key service servicefile target_session_attrs load_balance_hosts oauth_issuer oauth_client_id oauth_client_secret oauth_scope';
    expect(keywordNames.filter((name) => name !== 'uselibpqcompat').sort()).toEqual(manual.split(' ').sort());
  });
});

describe('services', () => {
  const own = join(base, 'services.conf');
  const system = join(base, 'etc');
  const home = join(base, 'home');
  beforeAll(() => {
    for (const directory of [system, home]) mkdirSync(directory);
    writeFileSync(
      own,
      '# databases\n[lab]\nhost=lab.example\nport=6000\n  dbname=science\nuser=reader\nsslmode=disable\n\n[other]\nhost=other\n[lab]\nhost=second\n[bad]\nhostname=x\n[nested]\nservice=lab\n[ldap]\nldap://x\n',
    );
    writeFileSync(join(system, 'pg_service.conf'), '[shared]\nhost=shared\nuser=s\nsslmode=disable\n');
    writeFileSync(
      join(home, '.pg_service.conf'),
      '[shared]\nhost=mine\nuser=m\nsslmode=disable\n[homely]\nhost=homely\nuser=h\nsslmode=disable\n',
    );
  });
  const env = { ...NO_HOME, PGSERVICEFILE: own, PGSYSCONFDIR: system };

  it.each([
    ['postgres:///?service=lab', ['reader@lab.example:6000/science']],
    ['service=lab', ['reader@lab.example:6000/science']],
    ['postgres://u@:7/d?service=lab', ['u@lab.example:7/d']],
    ['service=shared', ['s@shared:5432/s']],
  ])('%s', (text, expected) => {
    expect(read(text, env)).toEqual(expected);
  });

  it('come from PGSERVICE too, before the other variables, and from the file in the home directory', () => {
    expect(read('postgres://', { ...env, PGSERVICE: 'lab', PGHOST: 'e', PGPASSWORD: 'p' })).toEqual([
      'reader:p@lab.example:6000/science',
    ]);
    const atHome = { HOME: home, PGSYSCONFDIR: system };
    expect(read('service=homely', atHome)).toEqual(['h@homely:5432/h']);
    expect(read('service=shared', atHome)).toEqual(['m@mine:5432/m']);
  });

  it.each([
    ['service=none', /service none .*services\.conf.*pg_service\.conf/],
    ['service=bad', /hostname in .*services\.conf, line 14 is not a parameter/],
    ['service=nested', /line 16 .*a service cannot name a service/],
    ['service=ldap', /line 18 .*LDAP/],
  ])('%s is refused with the file and the line', (text, message) => {
    expect(() => serversOf(text, env)).toThrowError(
      expect.objectContaining({ code: 'registry.bad_url', message: expect.stringMatching(message) }),
    );
  });
});

describe('the password file', () => {
  const file = join(base, 'pgpass');
  const env = { ...NO_HOME, PGPASSFILE: file, PGSSLMODE: 'disable' };
  beforeAll(() => {
    writeFileSync(
      file,
      '# comment\nh:5432:d:other:no\n*:*:d:u:p\\:w\\\\d x: y \n/run/own:*:*:s:own\nlocalhost:*:*:s:sock\na\\:b:5432:*:*:six\nbroken line\n',
      { mode: 0o600 },
    );
  });

  it.each([
    ['postgres://u@h/d', 'u:p:w\\d x: y @h:5432/d'],
    ['postgres://u:own@h/d', 'u:own@h:5432/d'],
    ['postgres://x@h/d', 'x@h:5432/d'],
    ['postgres://s@%2Frun/any', 's:sock@/run:5432/any'],
    ['postgres://s@%2Frun%2Fown/any', 's:own@/run/own:5432/any'],
    ['postgres://z@[a:b]/any', 'z:six@a:b:5432/any'],
  ])('%s', (url, expected) => {
    expect(read(url, env)).toEqual([expected]);
  });

  it('is chosen per connection, and PGPASSWORD wins over it', () => {
    expect(read(`postgres://u@h/d?passfile=${file}`, { ...NO_HOME, PGSSLMODE: 'disable' })).toEqual([
      'u:p:w\\d x: y @h:5432/d',
    ]);
    expect(read('postgres://u@h/d', { ...env, PGPASSWORD: 'e' })).toEqual(['u:e@h:5432/d']);
  });

  it('that others may read is not used, and the reason is kept for the login that fails', () => {
    chmodSync(file, 0o644);
    const [server] = serversOf('postgres://u@h/d', env).servers;
    expect(server?.note).toMatch(/pgpass was not used: other users may read it.*chmod 600/);
    expect(read('postgres://u@h/d', env)).toEqual(['u@h:5432/d']);
    chmodSync(file, 0o600);
  });
});

describe('client certificates', () => {
  it('a key that others may read is refused', () => {
    const key = join(base, 'shared.key');
    writeFileSync(key, 'KEY', { mode: 0o644 });
    const text = (file: string): string => `postgres://u@h/d?sslmode=require&sslcert=${pem}&sslkey=${file}`;
    expect(() => serversOf(text(key), NO_HOME)).toThrowError(/shared\.key may be read by other users/);
    expect(serversOf(text(join(base, 'client.key')), NO_HOME).servers[0]?.ways[0]?.ssl).toMatchObject({
      cert: 'CERTIFICATE',
      key: 'KEY',
    });
  });
});
