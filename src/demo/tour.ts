import type { ExitCode } from '../core/failure.js';
import { passTime } from './meanwhile.js';
import type { DemoWorld } from './world.js';

/** One command of the tour. */
export interface TourStep {
  /** What is about to happen, and why it matters, in one line. */
  why: string;
  args: string[];
  /** The exit code that the planted faults must produce. */
  expected: ExitCode;
  /** Changes the demo world just before the command runs. */
  before?: () => void;
}

/** The commands of the tour, in order. */
export function tour({ plan, files }: DemoWorld): TourStep[] {
  const newest = plan.archives.find(({ key }) => key.includes('atlas/artifacts-'))?.key ?? '';
  return [...backupSteps(newest), ...checksumSteps(files.root), ...RECOVERY_STEPS, ...OVERVIEW_STEPS];
}

function backupSteps(newest: string): TourStep[] {
  return [
    step(
      'Check that every backup has a listing: without one, finding a file means reading whole archives.',
      1,
      ['listings', 'verify'],
    ),
    step('Write the listings and indexes that are missing for one host, reading each archive once.', 0, [
      'listings',
      'build',
      's3://demo/backups/atlas/',
      '--missing',
      '--upload',
      '--max-findings',
      '3',
    ]),
    step('Check again: what was fixed is resolved, and what is still wrong stays open.', 1, [
      'listings',
      'verify',
      '--max-findings',
      '3',
    ]),
    step('Restore one file. The index says where it is, so only a small part of the archive is read.', 0, [
      'restore',
      `s3://demo/${newest}`,
      'datasets/expression-0.csv',
      '-o',
      'restored.csv',
    ]),
  ];
}

function checksumSteps(root: string): TourStep[] {
  return [
    step(
      'Hash every registered file, so that a later change can be noticed. One already differs from its record.',
      1,
      ['checksums', 'backfill'],
    ),
    {
      ...step(
        'Now the disk flips a bit, a program rewrites a figure, and a notebook is deleted. Reading again finds all three.',
        1,
        ['checksums', 'verify'],
      ),
      before: () => passTime(root),
    },
    step('List what changed. Each entry needs a decision: accept the new content, or reject it.', 0, [
      'drift',
      'list',
    ]),
  ];
}

const RECOVERY_STEPS = [
  step('Search for the missing files in directories, git history and backups. Nothing is changed yet.', 0, [
    'recovery',
    'plan',
    '--archives',
    'all',
  ]),
  step('Restore the files for which there is proof. No existing file is replaced.', 0, [
    'recovery',
    'apply',
    '.salvor/plan.json',
  ]),
  step('Show the files for which there is no proof, with the evidence for each candidate.', 0, [
    'recovery',
    'review',
  ]),
  step('Restore a sample from the backups and compare digests: a backup is only proven by restoring it.', 0, [
    'recovery',
    'drill',
    '--max-findings',
    '3',
  ]),
];

const OVERVIEW_STEPS = [
  step('List what was changed in the registry. Every change can be undone.', 0, [
    'journal',
    'log',
    '--limit',
    '3',
  ]),
  step('Show the state of every job, and everything that is still open.', 0, ['status']),
  step('Exit 1 if any expected run is missing, overdue or failed: run this from a timer.', 1, ['watchdog']),
];

function step(why: string, expected: ExitCode, args: string[]): TourStep {
  return { why, args, expected };
}
