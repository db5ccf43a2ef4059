import {
  closeSync,
  constants,
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

/** Restored files may contain confidential data. */
const FILE_MODE = 0o640;

/** A content that stays hidden until it is verified. Its file is open only while it is used. */
export class Spool {
  readonly #path: string;
  #file: number | undefined;
  #written = 0;
  #endsInHole = false;

  /** @param path a new file, on the file system where the content will be placed */
  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'wx', 0o600);
  }

  /** Appends bytes. Holes in sparse files stay holes. */
  write(bytes: Uint8Array): void {
    if (isHole(bytes)) {
      this.#written += bytes.length;
      this.#endsInHole = true;
      return;
    }
    this.#endsInHole = false;
    for (let at = 0; at < bytes.length; )
      at += writeSync(this.#open(), bytes, at, bytes.length - at, this.#written + at);
    this.#written += bytes.length;
  }

  /** Discards what was written. */
  restart(): void {
    ftruncateSync(this.#open(), 0);
    this.#written = 0;
    this.#endsInHole = false;
  }

  /** Makes the content durable and gives it its final name. @throws Failure `restore.exists` */
  placeAs(path: string): void {
    this.#fillEnd();
    fchmodSync(this.#open(), FILE_MODE);
    fsyncSync(this.#open());
    linkNew(this.#path, path, 'restore.exists');
  }

  read(): AsyncIterable<Uint8Array> {
    this.#fillEnd();
    return createReadStream(this.#path);
  }

  /** Extends the file, because a hole at the end is represented only by the file size. */
  #fillEnd(): void {
    if (this.#endsInHole) ftruncateSync(this.#open(), this.#written);
  }

  /** Closes the file until it is needed again, so that many spools need only one open file. */
  rest(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  discard(): void {
    this.rest();
    rmSync(this.#path, { force: true });
  }

  #open(): number {
    this.#file ??= openSync(this.#path, constants.O_RDWR | constants.O_NOFOLLOW);
    return this.#file;
  }
}

/** A directory for unverified contents. Removes what killed processes left there. */
export class SpoolDirectory {
  readonly #directory: string;
  #count = 0;

  /** @param parent on the file system where the contents will be placed */
  constructor(parent: string) {
    this.#directory = makeWorkDirectory(parent);
  }

  make(): Spool {
    this.#count += 1;
    return new Spool(join(this.#directory, `content-${this.#count}`));
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
