import { closest, distance } from "fastest-levenshtein";

/** The suggestion for an unknown word: ` (did you mean "up"?)`, or nothing if no candidate is close. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return "";
  const candidate = closest(word, candidates);
  // About one typing error per three characters. A larger distance would suggest unrelated words.
  return distance(word, candidate) <= Math.floor(word.length / 3) + 1
    ? ` (did you mean "${candidate}"?)`
    : "";
}
