import {
  closeSync,
  createReadStream,
  fchmodSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isHole } from '../../../archive/holes.js';
import { linkNew } from '../placement.js';
import { makeWorkDirectory } from '../work-directory.js';

/** Restored files may hold what the registry protects. */
const FILE_MODE = 0o640;

/** A content that nobody sees until it is verified. */
export class Spool {
  readonly #directory: string;
  readonly #path: string;
  readonly #file: number;
  #written = 0;
  #endsInHole = false;

  /** @param parent on the file system where the content will be placed */
  constructor(parent: string) {
    this.#directory = makeWorkDirectory(parent);
    this.#path = join(this.#directory, 'content');
    this.#file = openSync(this.#path, 'wx', 0o600);
  }

  /** Appends bytes; holes of sparse files stay holes. */
  write(bytes: Uint8Array): void {
    if (isHole(bytes)) {
      this.#written += bytes.length;
      this.#endsInHole = true;
      return;
    }
    this.#endsInHole = false;
    for (let at = 0; at < bytes.length; )
      at += writeSync(this.#file, bytes, at, bytes.length - at, this.#written + at);
    this.#written += bytes.length;
  }

  /** Forgets what was written. */
  restart(): void {
    ftruncateSync(this.#file, 0);
    this.#written = 0;
    this.#endsInHole = false;
  }

  /** Makes the content durable and gives it its final name. @throws Failure `restore.exists` */
  placeAs(path: string): void {
    this.#fillEnd();
    fchmodSync(this.#file, FILE_MODE);
    fsyncSync(this.#file);
    linkNew(this.#path, path, 'restore.exists');
  }

  read(): AsyncIterable<Uint8Array> {
    this.#fillEnd();
    return createReadStream(this.#path);
  }

  /** A hole at the end exists only through the file's length. */
  #fillEnd(): void {
    if (this.#endsInHole) ftruncateSync(this.#file, this.#written);
  }

  discard(): void {
    closeSync(this.#file);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
