/** A few pages of lists, as far back as somebody goes. */
const MAX_KEPT = 20;
const kept = new Map<string, unknown>();

/** Keeps an answer for who comes back to its page: it stands there at once, as it was, and is asked for again. */
export function keep(href: string, data: unknown): void {
  kept.delete(href);
  kept.set(href, data);
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) break;
    kept.delete(oldest);
  }
}

export function keptAnswer(href: string): unknown {
  return kept.get(href);
}

/** Something was decided, or somebody else is here: nothing from before is shown again. */
export function forgetAnswers(): void {
  kept.clear();
}
