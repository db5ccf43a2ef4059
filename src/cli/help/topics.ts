import { EXIT_CODES } from '../exit-codes.js';

/** A page of `salvor help` about a topic instead of a command. */
export interface HelpTopic {
  summary: string;
  text: string;
}

/** The pages of `salvor help TOPIC`. */
export const HELP_TOPICS: Readonly<Record<string, HelpTopic>> = {
  'exit-codes': { summary: 'What each exit code means', text: exitCodes() },
  environment: {
    summary: 'Environment variables',
    text: definitions([
      ['SALVOR_REGISTRY', 'PostgreSQL to use, unless --registry is given'],
      ['SALVOR_PAGER', 'pager for long output on a terminal; empty or cat: none'],
      ['PAGER', 'pager when SALVOR_PAGER is not set (default: less)'],
      ['NO_COLOR', 'when set, use no colors'],
      ['STATE_DIRECTORY', 'directory of the embedded registry and the dashboard token'],
      ['XDG_STATE_HOME', 'its parent, if that is not set (default: ~/.local/state)'],
      ['XDG_CONFIG_HOME', 'where salvor/salvor.yaml is looked for (default: ~/.config)'],
      ['AWS_*', 'S3 credentials and region, as the AWS SDK reads them'],
      ['PG*', 'connection settings, such as PGPASSFILE, as libpq reads them'],
    ]),
  },
  configuration: {
    summary: 'Where settings come from',
    text: `A setting is taken from the first of these that has it:

  1. the command line
  2. environment variables (see: salvor help environment)
  3. the configuration file
  4. the default

The configuration file is the one given with --config, else the first of

  ./salvor.yaml
  ~/.config/salvor/salvor.yaml
  /etc/salvor/salvor.yaml

To write one with comments, and to check everything in it:

  salvor init
  salvor doctor

docs/configuration.md describes every key.
`,
  },
};

function exitCodes(): string {
  return `${definitions(Object.entries(EXIT_CODES))}
Any other code means that the process was killed or never started.
When several apply, the first of these wins: 2, 4, 130, 143, 3, 1, 0.
`;
}

function definitions(entries: readonly (readonly [string, string])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}\n`).join('');
}
