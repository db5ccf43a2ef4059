import type { ReviewRow } from '../../../api/recovery.js';
import { address } from '../../router.js';
import { Name } from '../../ui/text.js';

/** A missing file in a list, with a link to its page: its title, and its path or the first name that it may have. */
export function RowName({
  row,
}: {
  row: Pick<ReviewRow, 'artifact_id' | 'title' | 'file_path' | 'expected'>;
}) {
  return (
    <>
      <a href={address('/review/row', { id: row.artifact_id })}>
        <Name text={row.title ?? row.artifact_id} />
      </a>
      <span class="sub">
        <Name text={row.file_path ?? row.expected[0] ?? 'no known name'} mono clamp />
      </span>
    </>
  );
}
