import { describe, expect, it } from 'vitest';
import { codes } from '../../src/core/codes.js';
import { causeWords, hasCauseWords, nextCommand, toCause } from '../../src/dashboard/reads/cause-words.js';

const sample = { subject: 's3://b/host/a.tar.gz', message: '', runId: 'RUN' };

describe('cause texts on the overview', () => {
  it('every error and warning has its own text, singular and plural', () => {
    const without = Object.entries(codes)
      .filter(([code, { kind }]) => (kind === 'error' || kind === 'warning') && !hasCauseWords(code))
      .map(([code]) => code);
    expect(without, 'add these to src/dashboard/reads/cause-words.ts').toEqual([]);
    expect(causeWords('file.lost', 1)).toBe('file is lost');
    expect(causeWords('file.lost', 2)).toBe('files are lost');
  });

  it('a failure code is shown as a failed run', () => {
    expect(causeWords('root.unavailable', 1)).toBe('run failed');
    expect(causeWords('some.new_code', 2)).toBe('findings of some.new_code');
  });

  it('the next command is the one in the action of the code, with placeholders filled in', () => {
    const command = (code: string, scope = 's3://b/') => nextCommand({ code, scope, sample });
    expect(command('file.lost')).toBe('salvor recovery plan');
    expect(command('listing.missing')).toBe('salvor listings build s3://b/ --missing');
    expect(command('listing.too_small')).toBe(
      'salvor listings build s3://b/host/a.tar.gz --upload --replace',
    );
    expect(command('archive.backup_overdue')).toBe('salvor runs show RUN --code archive.backup_overdue');
  });

  it('the action names the archive and the scope, unless a shell could interpret their names', () => {
    const group = {
      job: 'listings verify',
      severity: 'error' as const,
      count: 1,
      baseline: 0,
      oldestAt: new Date(0),
    };
    const action = (scope: string) => toCause({ ...group, code: 'listing.missing', scope, sample }).action;
    expect(action('s3://b/')).toMatch(/^Run `salvor listings build s3:\/\/b\/ --missing`/);
    expect(action('s3://b c/')).toMatch(/^Run `salvor listings build <url> --missing`/);
  });

  it('a name with shell metacharacters is never put into a command', () => {
    for (const subject of ['$(reboot)', "a'; rm -rf /", '-rf', 'a b', 'a\nb', '`x`', 'a&b', '\u202ea'])
      expect(nextCommand({ code: 'listing.too_small', scope: subject, sample: { ...sample, subject } })).toBe(
        'salvor runs show RUN --code listing.too_small',
      );
  });
});
