// The long tail of the suite: `make test-all` sets TEST_DEPTH=all and runs all of it. Other runs take a sample.
import { createHash, randomInt } from "node:crypto";

const depth = process.env["TEST_DEPTH"] ?? "";
if (depth !== "" && depth !== "all") throw new Error(`TEST_DEPTH is "${depth}"; it can be "all" or unset`);

/** Whether this run has the long tail. A test that belongs to it is registered only then: `if (isDeep) it(...)`. */
export const isDeep = depth === "all";

const seed = process.env["SEED"] || String(randomInt(1_000_000));

/** Items in the order of their hashes with a seed: the same seed gives the same items, whatever ran before. */
export function pick<T>(items: readonly T[], count: number, nameOf: (item: T) => string, by = seed): T[] {
  const hash = (item: T): string =>
    createHash("sha256")
      .update(`${by} ${nameOf(item)}`)
      .digest("hex");
  const chosen = new Set(
    items
      .map((item) => ({ item, hash: hash(item) }))
      .sort((a, b) => (a.hash < b.hash ? -1 : 1))
      .slice(0, count)
      .map(({ item }) => item),
  );
  return items.filter((item) => chosen.has(item));
}

/** Every item in a deep run; otherwise `count` of them, and a line with the seed that repeats the choice. */
export function sampleOf<T>(
  what: string,
  items: readonly T[],
  count: number,
  nameOf: (item: T) => string,
): readonly T[] {
  if (isDeep || items.length <= count) return items;
  // Not stdout: a program that lists files writes them there.
  process.stderr.write(`\n  ${what}: ${count} of ${items.length}; SEED=${seed} repeats the choice\n`);
  return pick(items, count, nameOf);
}
