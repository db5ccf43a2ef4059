import { Empty } from '../ui/states.js';
import { PageFrame } from './page.js';

export function NotFound() {
  return (
    <PageFrame title="Not found">
      <section class="card">
        <Empty title="There is no page at this address.">
          <a href="/">Go to the overview</a>
        </Empty>
      </section>
    </PageFrame>
  );
}
