import { endpointText } from '../../../objectstore/endpoint.js';
import type { StoreOptions } from '../../../objectstore/open.js';
import type { StoreLister } from '../../../objectstore/port.js';
import { broken, type Check, ok } from './check.js';
import { skewCheck } from './registry-checks.js';

/**
 * Lists one page of a store: checks that it is reachable, permitted and not empty, and compares the clock.
 * @param setting the key of the configuration that names it
 */
export async function storeChecks(
  name: string,
  setting: 'backups' | 'recovery.sources',
  lister: StoreLister,
): Promise<Check[]> {
  for await (const page of lister.list()) {
    const clock = skewCheck(`clock of ${lister.url}`, page.serverTimeMs - Date.now());
    if (page.objects.length > 0) return [ok(name, 'can be listed'), clock];
  }
  return [
    broken(
      name,
      'there are no objects under this prefix',
      `fix the URL under ${setting}, or remove it: checking an empty prefix fails`,
    ),
  ];
}

/** Reports where each setting of a bucket comes from. */
export async function settingChecks(url: string, settings: StoreOptions): Promise<Check[]> {
  const text = await endpointText(url, settings);
  return text === undefined ? [] : [ok(`settings of ${url}`, text)];
}
