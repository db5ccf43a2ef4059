/** Passes pieces from a producer to one consumer, one at a time. */
export class Channel implements AsyncIterable<Uint8Array> {
  #piece: Uint8Array | undefined;
  #state: 'open' | 'ended' | 'abandoned' = 'open';
  #fault: Error | undefined;
  #wakeConsumer: () => void = () => {};
  #wakeProducer: () => void = () => {};

  /** Resolves when the consumer has processed the piece or has stopped reading. */
  async put(piece: Uint8Array): Promise<void> {
    if (this.#state === 'abandoned') return;
    await new Promise<void>((resolve) => {
      this.#piece = piece;
      this.#wakeProducer = resolve;
      this.#wakeConsumer();
    });
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#wakeConsumer();
  }

  /** Makes the consumer's next read throw an error. */
  fail(fault: Error): void {
    this.#fault = fault;
    this.#wakeConsumer();
  }

  /** The consumer has stopped reading: further pieces are dropped. */
  abandon(): void {
    this.#state = 'abandoned';
    this.#wakeProducer();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = this.#piece;
      if (piece !== undefined) {
        yield piece;
        this.#piece = undefined;
        this.#wakeProducer();
        continue;
      }
      if (this.#fault !== undefined) throw this.#fault;
      if (this.#state !== 'open') return;
      await new Promise<void>((resolve) => {
        this.#wakeConsumer = resolve;
      });
    }
  }
}
