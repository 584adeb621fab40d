import { isDeepStrictEqual } from "node:util";

/** Removes the keys that are undefined, for optional arguments. */
export function defined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

/** A connection that the rules of the configuration guarantee. */
export function required<T>(connection: T | undefined, user: string): T {
  if (connection === undefined) throw new Error(`${user} has no connection`);
  return connection;
}

export function distinct<T>(values: readonly T[]): T[] {
  return values.filter((one, index) => values.findIndex((other) => isDeepStrictEqual(other, one)) === index);
}
