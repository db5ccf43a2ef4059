import pg from 'pg';

/** What the error of a login without a password says; `pg-errors.ts` knows it. */
export const NO_PASSWORD = 'the server asks for a password, and none was given';

/**
 * The driver's client, with a login that ends where it cannot succeed or would not be what was asked for:
 *
 * - No password is there for a server that asks for one. The driver would go on and keep the connection open.
 * - `channel_binding=require`, and the server does not offer it. A server in the middle could otherwise ask for the
 *   password in the clear. The connection ends before a password is sent.
 */
export class LoginClient extends pg.Client {
  constructor(config: pg.ClientConfig = {}) {
    super(config);
    // The driver's own events; its types do not name them.
    const { connection } = this as unknown as { connection: Events };
    if (config.enableChannelBinding === true) requireBinding(connection);
    const password = typeof config.password === 'function' ? config.password() : config.password;
    if (password === undefined) {
      for (const asks of PASSWORD_REQUESTS)
        connection.on(asks, () => connection.stream.destroy(new Error(NO_PASSWORD)));
    }
  }
}

interface Events {
  on(event: string, listener: (message: { mechanisms?: readonly string[] }) => void): void;
  stream: { destroy(error: Error): void };
}

const UNBOUND_REQUESTS = ['authenticationCleartextPassword', 'authenticationMD5Password'] as const;
const PASSWORD_REQUESTS = [...UNBOUND_REQUESTS, 'authenticationSASL'] as const;

function requireBinding(connection: Events): void {
  let isBound = false;
  const refuse = (reason: string): void => {
    const error = new Error(`channel_binding=require, and ${reason}`);
    connection.stream.destroy(Object.assign(error, { code: 'ERR_TLS_CHANNEL_BINDING' }));
  };
  connection.on('authenticationSASL', ({ mechanisms }) => {
    if (mechanisms?.includes('SCRAM-SHA-256-PLUS') !== true)
      refuse('the server does not offer it on this connection');
  });
  connection.on('authenticationSASLFinal', () => {
    isBound = true;
  });
  for (const unbound of UNBOUND_REQUESTS) {
    connection.on(unbound, () => refuse('the server asks for a login without it'));
  }
  connection.on('authenticationOk', () => {
    if (!isBound) refuse('the server let this user in without it');
  });
}
