// What to do when a pinned package cannot be had. Apart from the layers: their sources are their keys.

export const refreshCommand = "node sandbox/live/images/refresh.ts";

const advice: readonly (readonly [RegExp, string])[] = [
  [
    /hash(es)?( sum)? mismatch|EINTEGRITY/i,
    "What the registry gave is not what the lock file pins. It was not used. Try again; if it stays so, the mirror is " +
      "broken, or the package was changed. Find out which before you update the pin.",
  ],
  [
    /\b404\b|not found|ETARGET|there is no version of|no packages found/i,
    "A registry drops a version when a newer one takes its place. To pin what it has now:\n" +
      `  apt-get update && ${refreshCommand}`,
  ],
];

/** The message, and what it asks for where that is known. */
export function withAdvice(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const found = advice.find(([pattern]) => pattern.test(message));
  return found === undefined ? message : `${message}\n${found[1]}`;
}
