/** The address of a server: its scheme, host and port. */
export function originOf({
  protocol,
  hostname,
  port,
}: {
  protocol: string;
  hostname: string;
  port?: number | undefined;
}): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
}
