// Loaded by `node --import`: this process's clock is CLOCK_AHEAD_MS ahead of everybody's, a minute unless told otherwise.
const aheadMs = Number(process.env.CLOCK_AHEAD_MS ?? 60_000);
const TrueDate = Date;

globalThis.Date = class extends TrueDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [TrueDate.now() + aheadMs] : parts));
  }

  static now() {
    return TrueDate.now() + aheadMs;
  }
};
