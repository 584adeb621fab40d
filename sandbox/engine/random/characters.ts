import { randomInt } from "node:crypto";

export interface CharacterRules {
  readonly length: number;
  readonly upper: boolean;
  readonly lower: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minUpper: number;
  readonly minLower: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  /** Instead of the usual special characters; "" = the usual ones. */
  readonly overrideSpecial: string;
}

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const NUMERIC = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/**
 * A random text by the rules of the official provider: first the minimum of each class (also of a disabled
 * class), then the rest from all enabled classes, then shuffled. Every draw is uniform.
 */
export function randomText(rules: CharacterRules): string {
  const special = rules.overrideSpecial === "" ? SPECIAL : rules.overrideSpecial;
  const all = [
    rules.upper ? UPPER : "",
    rules.lower ? LOWER : "",
    rules.numeric ? NUMERIC : "",
    rules.special ? special : "",
  ].join("");
  const required = [
    ...draw(UPPER, rules.minUpper),
    ...draw(LOWER, rules.minLower),
    ...draw(NUMERIC, rules.minNumeric),
    ...draw(special, rules.minSpecial),
  ];
  return shuffled([...required, ...draw(all, rules.length - required.length)]).join("");
}

function draw(characters: string, count: number): string[] {
  const choices = Array.from(characters);
  return Array.from({ length: count }, () => choices[randomInt(choices.length)] ?? "");
}

function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
