import { number } from '../../../core/pluralize.js';
import { printable } from '../../../core/printable.js';
import { type ReportStyle, widthOf, wrap } from './report-words.js';
import type { VerifyReport, VerifySummary } from './summary.js';

/** A step for the reader, with the command for it if there is one. */
interface Step {
  what: string;
  command?: string;
}

/** What to do next, in as few and as concrete steps as possible. Empty if all is well. */
export function nextSteps(
  { outcome: { summary, exitCode }, runId }: VerifyReport,
  style: ReportStyle,
): string[] {
  if (exitCode === 0) return [];
  const steps: Step[] = [
    ...gapSteps(summary),
    ...(exitCode === 1 ? baselineSteps(summary, runId) : []),
    ...errorSteps(summary),
    ...(exitCode === 3
      ? [{ what: 'fix the errors above, then run this again: until then the result is incomplete' }]
      : []),
    ...(exitCode > 100 ? [{ what: 'run it again: the result is incomplete' }] : []),
  ];
  return steps.length === 0
    ? []
    : [style.bold('What to do'), ...steps.flatMap((step) => stepLines(step, style))];
}

const BULLET = { first: '  - ', further: '    ' };

/** A command is there to be copied: it is never broken over lines. */
function stepLines({ what, command }: Step, style: ReportStyle): string[] {
  if (command === undefined) return wrap(what, BULLET, style);
  const whole = `  - ${what}: ${command}`;
  return whole.length <= widthOf(style) ? [whole] : [...wrap(`${what}:`, BULLET, style), `      ${command}`];
}

function gapSteps(summary: VerifySummary): Step[] {
  const places = summary.partitions.filter(({ missing, too_small }) => missing + too_small > 0);
  if (places.length === 0) return [];
  const named = places.slice(0, 3).map(({ name }) => printable(name));
  const more = places.length > named.length ? ` and ${number(places.length - named.length)} more` : '';
  const urls = summary.targets.filter((target) =>
    places.some(({ url }) => url === (target.part_of ?? target.url)),
  );
  return [
    { what: `check why backups of ${named.join(', ')}${more} are missing listings` },
    ...urls.map(({ url }) => ({
      what: 'write the missing listings',
      command: `salvor listings build ${printable(url)} --missing`,
    })),
  ];
}

/** A baseline helps only if the current gaps are known and new ones must still be reported. */
function baselineSteps(summary: VerifySummary, runId: string): Step[] {
  if (summary.new === null || !summary.targets.some((t) => t.exceeded && t.fail_on === 'all')) return [];
  return [
    {
      what: 'if these are known, accept them as the baseline and fail only on new ones',
      command: `salvor listings baseline accept ${runId} --write-config`,
    },
  ];
}

function errorSteps({ targets, partitions }: VerifySummary): Step[] {
  if (!targets.some(({ errors }) => errors > 0)) return [];
  const gone = partitions.filter(({ state }) => state === 'vanished');
  const vanished = gone.map(({ name, url }) => `${printable(url)}${printable(name)}`).slice(0, 3);
  const steps: Step[] =
    gone.length === 0
      ? []
      : [
          {
            what: `check what emptied ${vanished.join(', ')}; if it is gone on purpose, add it to "retired"`,
          },
        ];
  const ofArchives = targets.reduce((sum, { archive_errors }) => sum + archive_errors, 0);
  if (ofArchives > 0)
    steps.push({
      what: 'check the backup jobs that wrote empty archives, or archives dated in the future',
    });
  const hasOverdue = targets.reduce((sum, { errors }) => sum + errors, 0) > gone.length + ofArchives;
  if (hasOverdue)
    steps.push({
      what: 'check the backup jobs of the overdue series; if a series has ended, add it to "retired"',
    });
  return steps;
}
