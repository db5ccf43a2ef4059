import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { configSchema } from '../src/cli/config/schema.js';

const root = join(import.meta.dirname, '..');

/** Every property name anywhere in the schema. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap(keysOf);
  const properties = (schema as { properties?: Record<string, unknown> }).properties ?? {};
  return [...Object.keys(properties), ...Object.values(schema).flatMap(keysOf)];
}

it('docs/configuration.md names every key of the configuration', () => {
  const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  const words = new Set(page.match(/[a-z][a-z0-9_]*/g));
  expect([...new Set(keysOf(schema))].filter((key) => !words.has(key))).toEqual([]);
});
