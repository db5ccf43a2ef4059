import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.js';
import { parseAllowlist } from '../../../src/jobs/listings/judge/allowlist.js';

describe('parseAllowlist', () => {
  it('reads whole keys, globs and comments', () => {
    const list = parseAllowlist(
      '\uFEFF# the backlog\r\nb/h1/a.tar.gz\r\n\r\n  b/h2/*.tar  # until 2025\nb/old/**\nb/h3/x[1]#2.tar\n',
      'backlog.txt',
    );
    const keys = ['b/h1/a.tar.gz', 'b/h2/x.tar', 'b/old/1/2.tar', 'b/h3/x[1]#2.tar'];
    expect(keys.filter((key) => list.has(key))).toEqual(keys);
    expect(
      ['b/h1/b.tar.gz', 'b/h2/y/x.tar', 'b/older/1.tar', 'h1/a.tar.gz'].filter((key) => list.has(key)),
    ).toEqual([]);
  });

  it('knows which entries no archive used', () => {
    const list = parseAllowlist('a.tar\nb-*.tar\nc.tar\nd-*.tar\na.tar\n', 'backlog.txt');
    list.note('b-1.tar');
    list.note('c.tar');
    expect(list.unused()).toEqual([
      { text: 'a.tar', line: 1 },
      { text: 'd-*.tar', line: 4 },
    ]);
    list.note('a.tar');
    list.note('d-2.tar');
    expect(list.unused()).toEqual([]);
  });

  it.each(['a/***/b.tar', 'host[12]/*.tar', 'a*\\', 's3://bucket/a.tar', '/a/b.tar', '*{a,b}'])(
    'refuses %s, and names the file and line',
    (line) => {
      let thrown: unknown;
      try {
        parseAllowlist(`fine.tar\n${line}\n`, 'backlog.txt');
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(Failure);
      expect(thrown).toMatchObject({ code: 'allowlist.bad_glob', exitCode: 2 });
      expect((thrown as Failure).message).toContain('backlog.txt:2: ');
    },
  );
});
