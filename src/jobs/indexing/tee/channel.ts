/** Hands pieces from a producer to one consumer, a piece at a time. */
export class Channel implements AsyncIterable<Uint8Array> {
  #piece: Uint8Array | undefined;
  #state: 'open' | 'ended' | 'abandoned' = 'open';
  #fault: Error | undefined;
  #wakeConsumer: () => void = () => {};
  #wakeProducer: () => void = () => {};

  /** Resolves when the consumer is done with the piece, or wants no more. */
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

  /** The consumer gets an error in place of more. */
  fail(fault: Error): void {
    this.#fault = fault;
    this.#wakeConsumer();
  }

  /** The consumer wants no more: whatever is put from now on is let go. */
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
