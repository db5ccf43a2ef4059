import type { ExitCode } from '../core/failure.js';
import { MEANWHILE, passTime } from './meanwhile.js';
import type { DemoWorld } from './world.js';

/** One command of the tour. */
export interface TourStep {
  args: string[];
  /** The exit code that was planted. */
  expected: ExitCode;
  /** What happens in the world before it, and what is said of that. */
  before?: { said: string; happens(): void };
}

/** The commands that are shown, in their order. */
export function tour({ plan, files }: DemoWorld): TourStep[] {
  const newest = plan.archives.find(({ key }) => key.includes('atlas/artifacts-'))?.key ?? '';
  const step = (expected: ExitCode, ...args: string[]): TourStep => ({ args, expected });
  return [
    step(1, 'listings', 'verify'),
    step(0, 'listings', 'build', 's3://demo/backups/atlas/', '--missing', '--upload', '--max-findings', '3'),
    step(1, 'listings', 'verify', '--max-findings', '3'),
    step(0, 'restore', `s3://demo/${newest}`, 'datasets/expression-0.csv', '-o', 'restored.csv'),
    step(1, 'checksums', 'backfill'),
    {
      ...step(1, 'checksums', 'verify'),
      before: { said: MEANWHILE, happens: () => passTime(files.root) },
    },
    step(0, 'drift', 'list'),
    step(0, 'recovery', 'plan', '--archives', 'all'),
    step(0, 'recovery', 'apply', '.salvor/plan.json'),
    step(0, 'recovery', 'review'),
    step(0, 'recovery', 'drill', '--max-findings', '3'),
    step(0, 'journal', 'log', '--limit', '3'),
    step(0, 'status'),
    step(1, 'watchdog'),
  ];
}
