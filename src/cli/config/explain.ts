import type { z } from 'zod';
import { nearestName } from '../../core/did-you-mean.js';
import { configSchema } from './schema.js';

/** The errors that zod found in a configuration, one line each, with the key's path and the nearest known key. */
export function explainIssues(issues: readonly z.core.$ZodIssue[]): string[] {
  // A mistyped key often makes a required one missing too: the typo is the cause, so it comes first.
  const typosFirst = [...issues].sort((a, b) => Number(isTypo(b)) - Number(isTypo(a)));
  return typosFirst.flatMap((issue) => explain(issue));
}

function isTypo(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'unrecognized_keys';
}

function explain(issue: z.core.$ZodIssue): string[] {
  const path = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path);
    return issue.keys.map((key) => {
      const near = nearestName(key, known);
      return `${pathText([...issue.path, key])}: unknown key${near === undefined ? '' : `; did you mean ${near}?`}`;
    });
  }
  if (issue.code === 'invalid_union') {
    const closest = [...issue.errors].sort((a, b) => a.length - b.length)[0] ?? [];
    const inner = closest.flatMap((e) => explain({ ...e, path: [...issue.path, ...e.path] }));
    return inner.length > 0 ? inner.slice(0, 1) : [`${path}: ${issue.message}`];
  }
  return [`${path}: ${bound(issue) ?? issue.message}`];
}

/** The message for a number out of range; undefined for other errors. */
function bound(issue: z.core.$ZodIssue): string | undefined {
  const numeric = (issue.code === 'too_small' || issue.code === 'too_big') && issue.origin === 'number';
  if (!numeric) return undefined;
  return issue.code === 'too_small'
    ? `must be at least ${issue.minimum}`
    : `must be at most ${issue.maximum}`;
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text.replace(/^\./, '') || 'the document';
}

interface Definition {
  type: string;
  innerType?: Schema;
  element?: Schema;
  valueType?: Schema;
  shape?: Record<string, Schema>;
  options?: Schema[];
}
interface Schema {
  def: Definition;
}

/** The keys that the schema knows at a path: walks the schema next to the data. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let schemas: Schema[] = [configSchema as unknown as Schema];
  for (const part of path) schemas = schemas.flatMap((schema) => step(schema, part));
  return [...new Set(schemas.flatMap((schema) => Object.keys(objectsIn(schema)[0] ?? {})))];
}

function step(schema: Schema, part: PropertyKey): Schema[] {
  const def = schema.def;
  if (def.innerType) return step(def.innerType, part);
  if (def.options) return def.options.flatMap((option) => step(option, part));
  if (def.type === 'array' && def.element) return unwrapAll(def.element);
  if (def.type === 'record' && def.valueType) return unwrapAll(def.valueType);
  const next = def.shape?.[String(part)];
  return next === undefined ? [] : unwrapAll(next);
}

function unwrapAll(schema: Schema): Schema[] {
  if (schema.def.innerType) return unwrapAll(schema.def.innerType);
  return schema.def.options ? schema.def.options.flatMap(unwrapAll) : [schema];
}

function objectsIn(schema: Schema): Record<string, Schema>[] {
  return schema.def.shape ? [schema.def.shape] : [];
}
