import type { CodeEntry } from './entry.js';

/** Codes of the command line, the configuration and the process itself. */
export const configCodes: Record<string, CodeEntry> = {
  'usage.invalid': {
    kind: 'failure',
    meaning: 'The command line has an unknown command or flag, or a value that a flag does not take.',
    action: 'See the --help of the command; nothing was touched.',
  },
  'usage.size': {
    kind: 'failure',
    meaning: 'A size on the command line or in the configuration cannot be read.',
    action: 'Write a number and a unit: 50MB, 4MiB.',
  },
  'usage.duration': {
    kind: 'failure',
    meaning: 'A duration cannot be read.',
    action: 'Write 90s, 30m, 26h or 90d.',
  },
  'usage.store_url': {
    kind: 'failure',
    meaning: 'A store is neither s3://bucket/prefix/ nor file:///dir/; or its url holds credentials.',
    action: 'Write it as one of these; credentials come from the AWS chain.',
  },
  'config.unreadable': {
    kind: 'failure',
    meaning: 'The configuration file does not exist or cannot be read.',
    action: 'Name an existing, readable file with --config.',
  },
  'config.untrusted': {
    kind: 'failure',
    meaning:
      'Somebody other than root and the user that runs Salvor could have written the configuration: the file, a directory above it, or the target of a link belongs to another user or can be written by others.',
    action:
      'Check what the file says, then make it and its directories yours: the hint has the command. Under sudo the files of the calling user are obeyed.',
  },
  'config.syntax': {
    kind: 'failure',
    meaning: 'The configuration file is not valid YAML.',
    action: 'Fix the line that the message names.',
  },
  'config.invalid': {
    kind: 'failure',
    meaning: 'The configuration has an unknown key or a value that its key does not take.',
    action: 'Fix the key that the message names; docs/configuration.md lists all.',
  },
  'config.environment': {
    kind: 'failure',
    meaning: 'The configuration names an environment variable that is not set.',
    action: 'Set the variable, or take its mention out.',
  },
  'config.profile': {
    kind: 'failure',
    meaning: 'The configuration names a profile that does not exist.',
    action: 'Use one of the profiles that the message lists.',
  },
  'config.state_required': {
    kind: 'failure',
    meaning:
      'registry.mode is readonly and state.url is not set, so there is no place for runs, findings and the journal.',
    action: 'Set state.url; an embedded registry will do.',
  },
  'config.nothing_to_do': {
    kind: 'failure',
    meaning: 'Neither the command line nor the configuration says what to work on.',
    action: 'Give it as an argument, or write it into salvor.yaml.',
  },
  'pattern.too_slow': {
    kind: 'failure',
    meaning:
      'A regular expression of the configuration or a flag took too long for a key: it tries more and more ways as the key gets longer.',
    action:
      'Write it without a repetition of something that is repeated itself, such as (a+)+ or (a|b)*, and begin it with ^.',
  },
  'output.failed': {
    kind: 'failure',
    meaning:
      'The result could not be written where it was asked for: stdout was closed, or a file cannot be written.',
    action: 'Run it again with an output that stays open and has room.',
  },
  'demo.in_use': {
    kind: 'failure',
    meaning:
      'Another demo runs in this directory, or commands run on its world, which a new demo would wipe.',
    action: 'End them, or name another directory with --dir.',
  },
  'demo.no_tar': {
    kind: 'failure',
    meaning: 'The demo makes its archives with the tar program, which is missing or failed.',
    action: 'Install tar, and run the demo again.',
  },
  'demo.unexpected': {
    kind: 'failure',
    meaning: 'The demo did not find in its world what it had planted there.',
    action: 'This is a bug in Salvor; report what the demo printed.',
  },
  'doctor.check': {
    kind: 'error',
    meaning: 'Something that the configuration names does not work, or is missing.',
    action: 'The message says what fixes it.',
  },
  'host.exhausted': {
    kind: 'failure',
    meaning:
      'The operating system refused something for want of it: open files, memory, processes or disk space.',
    action: 'The hint names the limit to raise. Nothing was decided; run it again afterwards.',
  },
  'host.installation': {
    kind: 'failure',
    meaning: 'A part of the installed program is missing or cannot be loaded.',
    action: 'Install Salvor again. Nothing was done.',
  },
  'internal.error': {
    kind: 'failure',
    meaning: 'A bug in Salvor: something happened that its code did not expect.',
    action: 'Run it again with --verbose, and report what it prints.',
  },
};
