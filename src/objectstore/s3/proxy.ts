import { BlockList, isIP } from 'node:net';
import { badSettings, type Setting } from './settings.js';

/** A proxy for requests. Its url may contain a password, so show only `origin`. */
export interface HttpProxy extends Setting<URL> {
  readonly origin: string;
}

/**
 * The proxy for an address, chosen as by curl and the AWS CLI: `https_proxy` or `http_proxy` by the scheme of the
 * address, or else `all_proxy`, in lower or upper case; none for a host that `no_proxy` names.
 * @throws Failure `store.bad_settings`
 */
export function proxyFor(target: URL, env: NodeJS.ProcessEnv = process.env): HttpProxy | undefined {
  const names = [`${target.protocol.slice(0, -1)}_proxy`, 'all_proxy'].flatMap((name) => [
    name,
    name.toUpperCase(),
  ]);
  const from = names.find((name) => env[name] !== undefined && env[name] !== '');
  const text = from === undefined ? undefined : env[from];
  if (from === undefined || text === undefined || isExempt(target, env.no_proxy || env.NO_PROXY || ''))
    return undefined;
  const full = text.includes('://') ? text : `http://${text}`;
  const value = URL.canParse(full) ? new URL(full) : undefined;
  if (value === undefined || !/^https?:$/.test(value.protocol)) {
    throw badSettings(
      `${from} is not the url of an HTTP proxy (http://host:port or https://host:port); SOCKS is not supported`,
      from,
    );
  }
  return { value, from, origin: value.origin };
}

/**
 * Entries are `*`, names (with or without a leading dot, including subdomains), addresses and CIDR blocks, each
 * optionally with a port.
 */
function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const ownPort = port || (protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[,\s]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const [, bracketed, plain, wantedPort] =
        /^(?:\[([^\]]+)\]|([^:]+|.*:.*:.*))(?::(\d+))?$/.exec(entry) ?? [];
      const name = (bracketed ?? plain ?? '').replace(/^\*?\./, '');
      if (name === '' || (wantedPort !== undefined && wantedPort !== ownPort)) return false;
      return name.includes('/')
        ? isInBlock(host, name)
        : host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
    });
}

function isInBlock(host: string, cidr: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const family = isIP(network);
  if (family === 0 || family !== isIP(host) || !/^\d+$/.test(prefix)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const block = new BlockList();
  try {
    block.addSubnet(network, Number(prefix), type);
  } catch {
    return false;
  }
  return block.check(host, type);
}
