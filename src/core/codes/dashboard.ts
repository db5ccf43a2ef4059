import { type CodeEntry, failureEntry } from './entry.js';

/** Codes of the dashboard: errors at startup, and error responses to requests. */
export const dashboardCodes: Record<string, CodeEntry> = {
  'dashboard.listen': failureEntry(
    'The dashboard cannot listen on its address.',
    'Choose another port with --listen, or stop the program that is using it.',
  ),
  'dashboard.bad_listen': failureEntry(
    'The listen address is malformed.',
    'Write HOST:PORT, such as 127.0.0.1:7878 or [::1]:7878.',
  ),
  'dashboard.token_file': failureEntry(
    "The dashboard's token file can be read by others, or is not a regular file.",
    'Delete it. The dashboard creates a new one at the next start.',
  ),
  'dashboard.weak_token': failureEntry(
    'A secret in `dashboard.tokens` is short enough to guess, or two names share the same secret.',
    'Give each name its own secret of at least 16 characters, for example from `openssl rand -base64 24`.',
  ),
  'dashboard.no_pages': failureEntry("The dashboard's pages have not been built.", 'Run `npm run build`.'),
  'dashboard.host': failureEntry(
    'A request used a host name that the dashboard does not accept.',
    'If the name is yours, add it to `dashboard.allowed_hosts`.',
  ),
  'dashboard.origin': failureEntry(
    'A page on another site sent a request to the dashboard.',
    "Use the dashboard's own pages.",
  ),
  'dashboard.token': failureEntry(
    'The token is missing, wrong, already used or expired.',
    'Sign in with the link that `salvor dashboard` prints, or with the token from its file.',
  ),
  'dashboard.csrf': failureEntry(
    'A request to change something had no valid session token.',
    'Reload the page.',
  ),
  'dashboard.rate': failureEntry(
    'Too many wrong tokens were entered.',
    'Wait for the time given in the response.',
  ),
  'dashboard.read_only': failureEntry(
    'The dashboard is read-only, or cannot carry out this decision.',
    'Use the command line, or start the dashboard without --read-only.',
  ),
  'dashboard.request': failureEntry(
    'A request to the dashboard is malformed.',
    'See docs/dashboard.md for the API.',
  ),
  'dashboard.not_found': failureEntry('There is nothing at this address.', 'Go back to the list.'),
};
