import type { ExitCode } from '../../../core/failure.js';
import { counted, number } from '../../../core/pluralize.js';
import { type ReportStyle, wrap } from './report-words.js';
import type { VerifySummary } from './summary.js';

/** The verdict in one word, followed by the reason. */
export function headline(summary: VerifySummary, exitCode: ExitCode, style: ReportStyle): string[] {
  const found = foundWords(summary);
  if (exitCode === 130 || exitCode === 143) {
    return verdict('INTERRUPTED', `stopped by a signal; so far ${found}`, 'warn', style);
  }
  if (exitCode === 0) return verdict('OK', found, 'good', style);
  if (exitCode === 1) return verdict('FINDINGS', found, 'bad', style);
  const soFar =
    summary.archives_total === 0 && summary.violations === 0
      ? 'no archive was verified'
      : `not everything could be verified; so far ${found}`;
  return verdict('INCOMPLETE', soFar, 'bad', style);
}

function verdict(word: string, text: string, tone: 'good' | 'warn' | 'bad', style: ReportStyle): string[] {
  const indents = { first: `${word}  `, further: ' '.repeat(word.length + 2) };
  const [first = '', ...further] = wrap(text, indents, style);
  return [`${style[tone](word)}${first.slice(word.length)}`, ...further];
}

function foundWords(summary: VerifySummary): string {
  const parts = [
    amount(summary.missing, 'without a listing'),
    amount(summary.too_small, 'with a listing below the minimum size'),
    amount(summary.index_missing, 'without an index'),
  ].filter((part) => part !== '');
  const ofArchives = summary.targets.reduce((sum, target) => sum + target.archive_errors, 0);
  const errors = summary.targets.reduce((sum, target) => sum + target.errors, 0) - ofArchives;
  if (ofArchives > 0) parts.push(`${number(ofArchives)} empty or dated in the future`);
  if (errors > 0) parts.push(`${number(errors)} overdue or vanished`);
  const allowed = summary.violations > 0 ? ` (${allowedWords(summary)})` : '';
  if (parts.length > 0) return `${counted(summary.archives_total, 'archive')}: ${parts.join(', ')}${allowed}`;
  if (summary.violations > 0) return `${counted(summary.violations, 'violation')}${allowed}`;
  return `${counted(summary.archives_total, 'archive')}, no listings missing${excuses(summary)}`;
}

/** With `--fail-on new`, violations in the baseline do not count against the threshold; both numbers are printed. */
function allowedWords({ targets, violations, threshold }: VerifySummary): string {
  const counted = targets.reduce((sum, target) => sum + target.counted, 0);
  const inBaseline = targets.every(({ fail_on }) => fail_on === 'all') ? 0 : violations - counted;
  return `${inBaseline > 0 ? `${number(inBaseline)} in the baseline, ` : ''}${number(threshold)} allowed`;
}

function excuses({ exempt, pending }: VerifySummary): string {
  const parts = [amount(exempt, 'exempt'), amount(pending, 'pending')].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function amount(value: number, what: string): string {
  return value === 0 ? '' : `${number(value)} ${what}`;
}
