export type PathStep = string | number;

/** In the CLI's spelling: `spec.ports[0].name`, `metadata.labels["app.kubernetes.io/name"]`. */
export function formatPath(path: readonly PathStep[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!/^[\w-]+$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** Reads the CLI's spelling (ignoreChanges) and the API server's (`.spec.containers[0].image`); `*` is any step. */
export function parsePath(text: string): PathStep[] {
  const steps = text.matchAll(/\["(?<quoted>(?:[^"\\]|\\.)*)"\]|\[(?<bracket>[^\]]*)\]|(?<word>[^.[\]]+)/g);
  return [...steps].map(({ groups }) => {
    const { quoted, bracket = "", word } = groups ?? {};
    if (quoted !== undefined) return JSON.parse(`"${quoted}"`) as string;
    return word ?? (/^\d+$/.test(bracket) ? Number(bracket) : bracket);
  });
}

/** True when one path leads into the other (either way), so that a change at one touches the other. */
export function overlaps(a: readonly PathStep[], b: readonly PathStep[]): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((step, index) => step === b[index] || step === "*" || b[index] === "*");
}
