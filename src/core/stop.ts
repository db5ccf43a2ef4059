/**
 * Why a job was asked to stop: the `reason` of the AbortSignal that every long job takes. A job that finds its
 * signal aborted stops at its next safe point and ends with this exit code.
 */
export class StopRequest {
  readonly signal: 'SIGINT' | 'SIGTERM';

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    this.signal = signal;
  }

  get exitCode(): 130 | 143 {
    return this.signal === 'SIGINT' ? 130 : 143;
  }
}
