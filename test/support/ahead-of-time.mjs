// Loaded by `node --import`: this process's clock is a minute ahead of everybody's.
const AHEAD_MS = 60_000;
const TrueDate = Date;

globalThis.Date = class extends TrueDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [TrueDate.now() + AHEAD_MS] : parts));
  }

  static now() {
    return TrueDate.now() + AHEAD_MS;
  }
};
