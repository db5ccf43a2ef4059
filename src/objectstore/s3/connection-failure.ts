import { Failure } from '../../core/failure.js';
import { TransientFailure } from '../transient.js';
import type { HttpProxy } from './proxy.js';

/** Errors of Node and OpenSSL for certificates that are not trusted, not valid, or for another host. */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO$|PATH_LENGTH_)/;

/** The failure for a request without a response. It shows the original error's text; the error itself is the cause. */
export function connectionFailure(error: unknown, origin: string, proxy?: HttpProxy): Failure {
  if (error instanceof Failure) return error;
  const code = codeOf(error);
  const reason = reasonOf(error, code);
  if (TLS_CODE.test(code)) {
    return new Failure('store.tls', `no secure connection to ${origin}: ${reason}`, {
      hint: 'for a private certificate authority set AWS_CA_BUNDLE=file.pem, ca_bundle in ~/.aws/config, or NODE_EXTRA_CA_CERTS=file.pem',
      cause: error,
    });
  }
  if (proxy !== undefined) return proxyFailure(error, origin, proxy);
  if (code === 'ENOTFOUND') {
    return new Failure('store.unavailable', `the host of ${origin} was not found`, {
      hint: 'check the endpoint url, the region and the bucket name',
      cause: error,
    });
  }
  return new TransientFailure('store.unavailable', `cannot connect to ${origin}: ${reason}`, {
    hint: 'check that the server is running and that the endpoint url is correct',
    cause: error,
  });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function reasonOf(error: unknown, code: string): string {
  // If several addresses were tried, the message is empty and the reasons are in `errors`.
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0], code);
  const message = error instanceof Error ? error.message : String(error);
  return message === '' ? code : message;
}

/** A refusal by a proxy is final; an unreachable or overloaded proxy may recover. */
function proxyFailure(error: unknown, origin: string, proxy: HttpProxy): Failure {
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 0;
  const message = `cannot connect to ${origin} through the proxy ${proxy.origin} (${proxy.from}): ${reasonOf(error, codeOf(error))}`;
  const isFinal = status >= 400 && status < 500;
  const Kind = isFinal ? Failure : TransientFailure;
  return new Kind('store.unavailable', message, {
    hint:
      status === 407
        ? `add user and password to ${proxy.from}: http://user:password@host:port`
        : `check ${proxy.from}, or add the store's host to NO_PROXY if it can be reached directly`,
    cause: error,
  });
}
