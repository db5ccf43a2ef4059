/** Enough for the pages that someone goes back to. */
const MAX_KEPT = 20;
const kept = new Map<string, unknown>();

/** Keeps a response, so that going back to its page shows it at once while it is refreshed. */
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

/** Drops all kept responses, after a decision or a sign-out. */
export function forgetAnswers(): void {
  kept.clear();
}
