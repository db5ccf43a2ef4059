import type { IconName } from './ui/icon.js';

interface Place {
  href: string;
  name: string;
  icon: IconName;
}

/** The pages in the navigation, in order. `g` and then `key` is the shortcut that opens a page. */
export const PLACES: readonly (Place & { key: string })[] = [
  { href: '/', name: 'Overview', icon: 'overview', key: 'o' },
  { href: '/findings', name: 'Findings', icon: 'findings', key: 'f' },
  { href: '/listings', name: 'Listings', icon: 'listings', key: 'l' },
  { href: '/checksums', name: 'Checksums', icon: 'checksums', key: 'c' },
  { href: '/drift', name: 'Drift', icon: 'drift', key: 'd' },
  { href: '/review', name: 'Review', icon: 'review', key: 'v' },
  { href: '/residual', name: 'Residual', icon: 'unknown', key: 'm' },
  { href: '/runs', name: 'Runs', icon: 'runs', key: 'r' },
  { href: '/journal', name: 'Journal', icon: 'journal', key: 'j' },
  { href: '/artifacts', name: 'Artifact', icon: 'artifact', key: 'a' },
];
