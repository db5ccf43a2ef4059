/** What is wrong with a content: it is something else, or it begins right and ends too early. */
export type Flaw = string | Cut;

interface Cut {
  cut: string;
}

/** A content that was cut off: perhaps all that is left of the file, so a person decides. */
export function cutOff(reason: string): Cut {
  return { cut: reason };
}
