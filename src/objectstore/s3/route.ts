import { readFileSync } from 'node:fs';
import { type HttpProxy, proxyFor } from './proxy.js';
import { badSettings, type S3Settings } from './settings.js';

/** The network path from this process to a store. */
export interface Route {
  readonly proxy: HttpProxy | undefined;
  /** Certificates that replace those that Node.js trusts. */
  readonly ca: string | undefined;
}

/** @throws Failure `store.bad_settings` for a bundle that cannot be read or an invalid proxy */
export function routeTo(target: URL, settings: S3Settings): Route {
  return { proxy: proxyFor(target), ca: certificates(settings) };
}

function certificates({ caBundle }: S3Settings): string | undefined {
  if (caBundle === undefined) return undefined;
  const { value: file, from } = caBundle;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badSettings(`the certificates in ${file} (${from}) cannot be read: ${reason}`, from);
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw badSettings(`${file} (${from}) contains no certificate in PEM format`, from);
}
