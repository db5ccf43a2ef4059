/** What is wrong with a content: a reason why it is something else, or a `Cut` if it is truncated. */
export type Flaw = string | Cut;

interface Cut {
  cut: string;
}

/** A truncated content. It may be all that is left of the file, so a person decides. */
export function cutOff(reason: string): Cut {
  return { cut: reason };
}
