import { closest, distance } from "fastest-levenshtein";

/** What an error adds to an unknown word: ` (did you mean "up"?)`, or nothing when no candidate is close. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return "";
  const candidate = closest(word, candidates);
  // About one slip in three characters: more would suggest words that nobody meant.
  return distance(word, candidate) <= Math.floor(word.length / 3) + 1
    ? ` (did you mean "${candidate}"?)`
    : "";
}
