import type { DriftRow } from '../../../api/drift.js';
import { plural } from '../../format.js';
import type { Decision } from '../../ui/decision.js';
import { ScrolledFrame } from '../../ui/scrolled.js';
import { Name } from '../../ui/text.js';
import { ACCEPT_WORDS, REJECT_WORDS } from './words.js';

/** One decision for one or many entries. */
export function decisionOn(rows: readonly DriftRow[], verdict: 'accept' | 'reject'): Decision {
  const verb = verdict === 'accept' ? 'Accept' : 'Reject';
  const one = rows.length === 1;
  return {
    title: one ? `${verb} the new content?` : `${verb} the new content of ${plural(rows.length, 'file')}?`,
    verb: one ? verb : `${verb} ${rows.length}`,
    danger: verdict === 'reject',
    note: 'optional',
    explain: (
      <>
        <p>{verdict === 'accept' ? ACCEPT_WORDS : REJECT_WORDS}</p>
        {verdict === 'accept' && <Doubt rows={rows} />}
        <ScrolledFrame kind="chosen" label={one ? 'The file' : 'The files'}>
          <ul>
            {rows.map((row) => (
              <li key={row.id}>
                <Name text={row.path} mono clamp />
              </li>
            ))}
          </ul>
        </ScrolledFrame>
      </>
    ),
    requests: (note) =>
      rows.map((row) => ({
        href: `/api/drift/${row.id}`,
        body: { verdict, note: note === '' ? null : note },
      })),
  };
}

/** Warns that accepting corrupt content records the damage as correct. */
function Doubt({ rows }: { rows: readonly DriftRow[] }) {
  const corrupt = rows.filter((row) => row.class === 'corrupt').length;
  if (corrupt === 0) return null;
  return (
    <p class="attention">
      {rows.length === 1 ? 'This file' : `${corrupt} of the ${plural(rows.length, 'file')}`} changed with no
      change in size or time, which points to failing storage.
    </p>
  );
}
