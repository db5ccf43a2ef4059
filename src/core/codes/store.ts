import type { CodeEntry } from './entry.js';

/** Codes of object stores. */
export const storeCodes: Record<string, CodeEntry> = {
  'store.unavailable': {
    kind: 'failure',
    meaning:
      'The store cannot be reached, is overloaded, or the directory does not exist; it was tried again.',
    action: 'Check the endpoint url, the network and the mount, then run it again.',
  },
  'store.too_slow': {
    kind: 'failure',
    meaning: 'The store sends less than 1 KiB per second: the transfer was given up.',
    action: 'Check the network and the load of the store, then run it again.',
  },
  'store.bad_settings': {
    kind: 'failure',
    meaning: 'A setting of the AWS configuration, its variables or a proxy cannot be used; nothing was sent.',
    action: 'Correct the setting that the message names; `salvor doctor` shows where each one comes from.',
  },
  'store.tls': {
    kind: 'failure',
    meaning: 'The certificate of the store is not trusted, not valid, or not for this host.',
    action: 'Name a private authority in AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS, or fix the certificate.',
  },
  'store.no_credentials': {
    kind: 'failure',
    meaning: 'The AWS credential chain found no usable credentials.',
    action: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the host a role.',
  },
  'store.denied': {
    kind: 'failure',
    meaning:
      'The store refused the credentials, or they do not allow what was asked; or a file permission does not.',
    action: 'Grant what docs/operations.md lists for the command, or run it as another user.',
  },
  'store.no_bucket': {
    kind: 'failure',
    meaning: 'There is no such bucket at this endpoint.',
    action: 'Check the bucket name and the endpoint url.',
  },
  'store.redirect': {
    kind: 'failure',
    meaning: 'The bucket is in another region or at another endpoint, and could not be followed there.',
    action: 'Set the region and the endpoint url that the message names.',
  },
  'store.clock_skew': {
    kind: 'failure',
    meaning: "This machine's clock is too far from the store's for its signatures to be accepted.",
    action: 'Set the clock (NTP).',
  },
  'store.listing_broken': {
    kind: 'failure',
    meaning: 'A listing was cut short, malformed, out of order, or repeated itself: nothing is judged by it.',
    action: 'Run it again; if it stays, the server or a proxy before it is at fault.',
  },
  'store.not_found': {
    kind: 'failure',
    meaning: 'There is no object with this key.',
    action: 'Check the key; it may have been deleted since it was listed.',
  },
  'store.exists': {
    kind: 'failure',
    meaning: 'There is an object with this key already, and nothing is replaced.',
    action: 'Give --replace if it is to be replaced.',
  },
  'store.precondition_failed': {
    kind: 'failure',
    meaning: 'The object is not the version it was expected to be: it was replaced meanwhile.',
    action: 'Run it again against the version that is there now.',
  },
  'store.range': {
    kind: 'failure',
    meaning: 'The object is shorter than the bytes that were asked for.',
    action: 'It was replaced, or what pointed into it is wrong: build its index again.',
  },
  'store.refused': {
    kind: 'failure',
    meaning: 'The store answered in a way that its protocol does not foresee.',
    action: 'See the message; check that the endpoint url is that of an S3 server.',
  },
  'store.too_large': {
    kind: 'failure',
    meaning: 'The file is larger than one upload request may be (5 GiB).',
    action: 'Upload it with a tool that sends it in parts.',
  },
  'store.bad_name': {
    kind: 'failure',
    meaning: 'A directory holds a file whose name is not UTF-8, so it can have no key.',
    action: 'Rename the file, or move it out of the directory.',
  },
};
