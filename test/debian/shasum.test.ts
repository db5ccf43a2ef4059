import { it } from 'vitest';
import { requireEveryName } from '../core/checksum-tools.js';

it('a checksum file of shasum has every name as it is', () =>
  requireEveryName('shasum', ['-a', '256'], 'sha256', null));
