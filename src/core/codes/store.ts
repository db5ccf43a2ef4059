import type { CodeEntry } from './entry.js';

/** Codes of object stores. */
export const storeCodes: Record<string, CodeEntry> = {
  'store.unavailable': {
    kind: 'failure',
    meaning: 'The store cannot be reached or is overloaded, or the directory does not exist. Retries failed.',
    action: 'Check the endpoint URL, the network and the mount, then run the command again.',
  },
  'store.too_slow': {
    kind: 'failure',
    meaning: 'The store sent less than 1 KiB per second, so the transfer was stopped.',
    action: 'Check the network and the load on the store, then run the command again.',
  },
  'store.bad_settings': {
    kind: 'failure',
    meaning:
      'A setting in the AWS configuration, an environment variable or a proxy setting is invalid. Nothing was sent.',
    action: 'Fix the setting that the message names. `salvor doctor` shows where each one comes from.',
  },
  'store.tls': {
    kind: 'failure',
    meaning: "The store's certificate is not trusted, not valid, or not for this host.",
    action:
      'For a private certificate authority, set AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS. Otherwise fix the certificate.',
  },
  'store.no_credentials': {
    kind: 'failure',
    meaning: 'The AWS credential chain found no usable credentials.',
    action: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the host a role.',
  },
  'store.denied': {
    kind: 'failure',
    meaning:
      'Permission denied: the store rejected the credentials, or they or the file permissions do not allow the operation.',
    action: 'Grant the permissions that docs/operations.md lists for the command, or run it as another user.',
  },
  'store.no_bucket': {
    kind: 'failure',
    meaning: 'There is no such bucket at this endpoint.',
    action: 'Check the bucket name and the endpoint url.',
  },
  'store.redirect': {
    kind: 'failure',
    meaning:
      'The bucket is in another region or at another endpoint, and the redirect could not be followed.',
    action: 'Set the region and the endpoint URL that the message names.',
  },
  'store.clock_skew': {
    kind: 'failure',
    meaning: "This host's clock differs too much from the store's, so its signatures are rejected.",
    action: 'Set the clock (NTP).',
  },
  'store.listing_broken': {
    kind: 'failure',
    meaning:
      'A bucket listing was cut short, malformed, out of order or repeated, or left out an object that the store has, so it was not used.',
    action: 'Run the command again. If this recurs, check the server and any proxy in front of it.',
  },
  'store.not_found': {
    kind: 'failure',
    meaning: 'There is no object with this key.',
    action: 'Check the key; it may have been deleted since it was listed.',
  },
  'store.exists': {
    kind: 'failure',
    meaning: 'An object with this key already exists and was not replaced.',
    action: 'Add --replace to overwrite it.',
  },
  'store.precondition_failed': {
    kind: 'failure',
    meaning: 'The object was replaced during the operation.',
    action: 'Run the command again to use the current version.',
  },
  'store.range': {
    kind: 'failure',
    meaning: 'The object is shorter than the requested range.',
    action: 'The object was replaced, or its index is wrong. Rebuild the index.',
  },
  'store.refused': {
    kind: 'failure',
    meaning: 'The store sent an answer that violates its protocol.',
    action: 'Check that the endpoint URL in the message belongs to an S3 server.',
  },
  'store.too_large': {
    kind: 'failure',
    meaning: 'The file is larger than the limit of one upload request (5 GiB).',
    action: 'Upload it with a tool that supports multipart uploads.',
  },
  'store.bad_name': {
    kind: 'failure',
    meaning: 'A directory contains a file whose name is not UTF-8, so it cannot have a key.',
    action: 'Rename the file, or move it out of the directory.',
  },
};
