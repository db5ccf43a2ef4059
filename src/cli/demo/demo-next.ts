import type { Registry } from '../../registry/registry.js';
import type { Style } from '../terminal/style.js';
import { quote } from './demo-config.js';

/** Commands to try after the tour. */
export async function demoNextSteps(
  { runs }: Registry,
  directory: string,
  served: boolean,
  style: Style,
): Promise<string> {
  const [recovery] = await runs.list({ job: 'recovery', limit: 1 });
  const steps: [string, string][] = [
    ['drift show 1', 'one changed file: both digests, sizes and times'],
    [
      // Not atlas: its canary is configured for the URL of the bucket; under another URL it counts as a missing listing.
      'listings verify "file://$PWD/bucket/backups/borealis/" --no-registry',
      'the backups of one host, from a directory, with no exemptions',
    ],
    ...(served
      ? ([['recovery plan --archives all', 'search again, after you decided about a candidate']] satisfies [
          string,
          string,
        ][])
      : []),
    ['recovery report', 'write reports: which files are missing, and where they were searched for'],
    [`journal undo ${recovery?.id ?? 'RUN'}`, 'undo what the recovery wrote'],
  ];
  const shown = steps.map(([command, what]) => `  ./salvor ${command}\n      ${style.dim(what)}\n`);
  return `${style.bold(served ? 'To try next, in another shell' : 'To try next')}
  cd ${quote(directory)}
${shown.join('')}Then, for your own files and backups, in a directory of your own:
  salvor init
`;
}
