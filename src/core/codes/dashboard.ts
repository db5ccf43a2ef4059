import type { CodeEntry } from './entry.js';

const failure = (meaning: string, action: string): CodeEntry => ({ kind: 'failure', meaning, action });

/** Codes of the dashboard: its start, and what it answers to requests that it refuses. */
export const dashboardCodes: Record<string, CodeEntry> = {
  'dashboard.listen': failure(
    'The dashboard cannot listen on its address.',
    'Choose another port with --listen, or end what listens there.',
  ),
  'dashboard.bad_listen': failure(
    'The address to listen on cannot be read.',
    'Write HOST:PORT, such as 127.0.0.1:7878 or [::1]:7878.',
  ),
  'dashboard.token_file': failure(
    'The file with the token of the dashboard is not a file that only its owner can read.',
    'Remove it; the next start makes a new one.',
  ),
  'dashboard.weak_token': failure(
    'A secret under `dashboard.tokens` is too short to withstand guessing, or two names share one.',
    'Give each name a secret of its own of 16 characters or more: `openssl rand -base64 24` makes one.',
  ),
  'dashboard.no_pages': failure('The pages of the dashboard were not built.', 'Run `npm run build`.'),
  'dashboard.host': failure(
    'The dashboard was asked under a host name that is not its own.',
    'Add the name to `dashboard.allowed_hosts`, if it is yours.',
  ),
  'dashboard.origin': failure(
    'A page of another site sent a request to the dashboard.',
    'Use the pages of the dashboard itself.',
  ),
  'dashboard.token': failure(
    'A token is needed, or the one that was sent is wrong, used up or expired.',
    'Sign in with the link that `salvor dashboard` prints, or with the token in its file.',
  ),
  'dashboard.csrf': failure('A change lacked the token of its session.', 'Reload the page.'),
  'dashboard.rate': failure('Too many wrong tokens were tried.', 'Wait as long as the answer says.'),
  'dashboard.read_only': failure(
    'The dashboard was started read-only, or cannot carry out this decision.',
    'Use the command line, or start it without --read-only.',
  ),
  'dashboard.request': failure(
    'A request to the dashboard cannot be understood.',
    'See docs/dashboard.md for what it takes.',
  ),
  'dashboard.not_found': failure('There is nothing under this address.', 'Go back to the list.'),
};
