import { Failure } from '../../core/failure.js';
import { TransientFailure } from '../transient.js';
import type { HttpProxy } from './proxy.js';

/** Certificates that are not trusted, not valid or not this host's; as Node and OpenSSL name them. */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO$|PATH_LENGTH_)/;

/** A request that got no answer, as a failure. Another program's error text is shown, its stack is the cause. */
export function connectionFailure(error: unknown, origin: string, proxy?: HttpProxy): Failure {
  if (error instanceof Failure) return error;
  const code = codeOf(error);
  const reason = reasonOf(error, code);
  if (TLS_CODE.test(code)) {
    return new Failure('store.tls', `no secure connection to ${origin}: ${reason}`, {
      hint: 'a private certificate authority is made known with AWS_CA_BUNDLE=file.pem, ca_bundle in ~/.aws/config, or NODE_EXTRA_CA_CERTS=file.pem',
      cause: error,
    });
  }
  if (proxy !== undefined) return proxyFailure(error, origin, proxy);
  if (code === 'ENOTFOUND') {
    return new Failure('store.unavailable', `there is no host behind ${origin}`, {
      hint: 'check the endpoint url, the region and the bucket name',
      cause: error,
    });
  }
  return new TransientFailure('store.unavailable', `${origin} can not be reached: ${reason}`, {
    hint: 'check that the server runs and that the endpoint url is right',
    cause: error,
  });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function reasonOf(error: unknown, code: string): string {
  // Several addresses were tried: the message is empty, and the errors tell.
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0], code);
  const message = error instanceof Error ? error.message : String(error);
  return message === '' ? code : message;
}

/** A proxy that refuses stays so; one that is away or overloaded may come back. */
function proxyFailure(error: unknown, origin: string, proxy: HttpProxy): Failure {
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 0;
  const message = `${origin} cannot be reached through the proxy ${proxy.origin} (${proxy.from}): ${reasonOf(error, codeOf(error))}`;
  const isFinal = status >= 400 && status < 500;
  const Kind = isFinal ? Failure : TransientFailure;
  return new Kind('store.unavailable', message, {
    hint:
      status === 407
        ? `put user and password into ${proxy.from}: http://user:password@host:port`
        : `check ${proxy.from}, or name the store's host in NO_PROXY if it is reached directly`,
    cause: error,
  });
}
