import { describe, expect, it } from 'vitest';
import { partitionName, partitionPrefix } from '../../src/core/partition.js';

describe('partitionPrefix', () => {
  it.each([
    ['b/host1/x/a.tar', 1, 'b/host1/', 'host1'],
    ['b/host1/x/a.tar', 2, 'b/host1/x/', 'host1/x'],
    ['b/host1/a.tar', 2, 'b/host1/', 'host1'],
    ['b/a.tar', 1, 'b/', '.'],
    ['b/host1/a.tar', 0, 'b/', '.'],
    ['b/host1/', 1, 'b/host1/', 'host1'],
    ['b//a.tar', 1, 'b//', '.'],
  ])('%s at depth %s is in %s', (key, depth, prefix, name) => {
    expect(partitionPrefix(key, 'b/', depth)).toBe(prefix);
    expect(partitionName(prefix, 'b/')).toBe(name);
  });

  it('needs no prefix', () => {
    expect(partitionPrefix('host1/a.tar', '', 1)).toBe('host1/');
    expect(partitionName('host1/', '')).toBe('host1');
    expect(partitionName('', '')).toBe('.');
  });
});
