import type { Registry } from '../../registry/registry.js';
import type { Style } from '../terminal/style.js';
import { quote } from './demo-config.js';

/** Commands that do something telling on the world as the tour left it. */
export async function demoNextSteps(
  { runs }: Registry,
  directory: string,
  served: boolean,
  style: Style,
): Promise<string> {
  const [recovery] = await runs.list({ job: 'recovery', limit: 1 });
  const steps: [string, string][] = [
    ['drift show 1', 'what is known of a file that is not what it was'],
    [
      // Not of atlas: its canary is planted by the url of the bucket, and under another one it is a missing listing.
      'listings verify "file://$PWD/bucket/backups/borealis/" --no-registry',
      'the backups of one host, as a directory and without any of the exemptions',
    ],
    ...(served
      ? ([['recovery plan --archives all', 'search once more, after a decision']] satisfies [
          string,
          string,
        ][])
      : []),
    ['recovery report', 'which files are missing, where they were looked for, and why that failed'],
    [`journal undo ${recovery?.id ?? 'RUN'}`, 'take back what the recovery wrote'],
  ];
  const shown = steps.map(([command, what]) => `  ./salvor ${command}\n      ${style.dim(what)}\n`);
  return `${style.bold(served ? 'To try next, in another shell' : 'To try next')}
  cd ${quote(directory)}
${shown.join('')}And then, in a directory of your own: salvor init
`;
}
