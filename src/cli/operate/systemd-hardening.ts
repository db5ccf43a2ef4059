/**
 * The hardening of Salvor's units. Not included: MemoryDenyWriteExecute= (V8 compiles at run time) and PrivateNetwork=
 * (S3, the registry). Roots and sources are readable; only the state directory and `writable` are writable.
 */
export function hardening(writable: readonly string[]): string {
  const lines = [
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'ProtectHome=read-only',
    ...writable.map((path) => `ReadWritePaths=${listed(path)}`),
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'ProtectClock=yes',
    'ProtectControlGroups=yes',
    'ProtectHostname=yes',
    'ProtectKernelLogs=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'CapabilityBoundingSet=',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Quotes a path in a space-separated list in which `%` starts a specifier. With `-`, a missing path fails only the sink
 * that needs it, not the unit.
 */
function listed(path: string): string {
  const escaped = path.replaceAll('%', '%%').replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return /[\s"\\]/.test(path) ? `"-${escaped}"` : `-${escaped}`;
}
