import type { CodeEntry } from './entry.js';

/** Codes of the command line, the configuration and the process itself. */
export const configCodes: Record<string, CodeEntry> = {
  'usage.invalid': {
    kind: 'failure',
    meaning: 'The command line has an unknown command or flag, or an invalid value.',
    action: "See the command's --help. Nothing was changed.",
  },
  'usage.size': {
    kind: 'failure',
    meaning: 'A size on the command line or in the configuration is malformed.',
    action: 'Write a number and a unit: 50MB, 4MiB.',
  },
  'usage.duration': {
    kind: 'failure',
    meaning: 'A duration is malformed.',
    action: 'Write 90s, 30m, 26h or 90d.',
  },
  'usage.store_url': {
    kind: 'failure',
    meaning:
      'The URL of a store is neither s3://bucket/prefix/ nor file:///dir/, or it contains credentials.',
    action: 'Use one of these forms. Credentials come from the AWS credential chain.',
  },
  'config.unreadable': {
    kind: 'failure',
    meaning: 'The configuration file does not exist or cannot be read.',
    action: 'Pass an existing, readable file to --config.',
  },
  'config.untrusted': {
    kind: 'failure',
    meaning:
      'Someone other than root and the user who runs Salvor could have written the configuration: the file, a parent directory or a link target belongs to another user or is writable by others.',
    action:
      'Check the contents of the file, then take ownership of it and its directories: the hint has the command. With sudo, files of the calling user are trusted too.',
  },
  'config.syntax': {
    kind: 'failure',
    meaning: 'The configuration file is not valid YAML.',
    action: 'Fix the line that the message names.',
  },
  'config.invalid': {
    kind: 'failure',
    meaning: 'The configuration has an unknown key or an invalid value.',
    action: 'Fix the key that the message names. docs/configuration.md lists all keys.',
  },
  'config.environment': {
    kind: 'failure',
    meaning: 'The configuration names an environment variable that is not set.',
    action: 'Set the variable, or remove it from the configuration.',
  },
  'config.profile': {
    kind: 'failure',
    meaning: 'The configuration names a profile that does not exist.',
    action: 'Use one of the profiles that the message lists.',
  },
  'config.state_required': {
    kind: 'failure',
    meaning:
      'registry.mode is readonly and state.url is not set, so runs, findings and the journal cannot be stored.',
    action: 'Set state.url. An embedded registry is enough.',
  },
  'config.nothing_to_do': {
    kind: 'failure',
    meaning: 'Neither the command line nor the configuration names anything to work on.',
    action: 'Pass it as an argument, or add it to salvor.yaml.',
  },
  'pattern.too_slow': {
    kind: 'failure',
    meaning:
      'A regular expression in the configuration or a flag took too long to match a key: its backtracking grows with the length of the key.',
    action: 'Avoid nested repetition such as (a+)+ or (a|b)*, and start the expression with ^.',
  },
  'output.failed': {
    kind: 'failure',
    meaning: 'The result could not be written: stdout was closed, or a file is not writable.',
    action: 'Run the command again with an output that stays open and has enough space.',
  },
  'demo.in_use': {
    kind: 'failure',
    meaning:
      'Another demo is running in this directory, or commands are using its data, which a new demo would delete.',
    action: 'Stop them, or choose another directory with --dir.',
  },
  'demo.no_tar': {
    kind: 'failure',
    meaning: 'The demo builds its archives with tar, which is missing or failed.',
    action: 'Install tar, and run the demo again.',
  },
  'demo.unexpected': {
    kind: 'failure',
    meaning: 'The demo did not find a fault that it had planted.',
    action: 'This is a bug in Salvor: please report the output of the demo.',
  },
  'doctor.check': {
    kind: 'error',
    meaning: 'Something in the configuration does not work or is missing.',
    action: 'The message says how to fix it.',
  },
  'host.exhausted': {
    kind: 'failure',
    meaning: 'The operating system ran out of open files, memory, processes or disk space.',
    action: 'The hint names the limit to raise. Then run the command again; nothing was decided.',
  },
  'host.installation': {
    kind: 'failure',
    meaning: 'A part of the installed program is missing or cannot be loaded.',
    action: 'Reinstall Salvor. Nothing was done.',
  },
  'internal.error': {
    kind: 'failure',
    meaning: 'Something unexpected happened: this is a bug in Salvor.',
    action: 'Run the command again with --verbose, and report the output.',
  },
};
