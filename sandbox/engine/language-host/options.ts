import type { PropertyMap } from "../shared/property-values.ts";

/** The part of `runtime.options` in Pulumi.yaml that the sandbox uses. */
export interface RuntimeOptions {
  /** Flags for node, before the program. */
  readonly nodeArgs: readonly string[];
  /** Let the SDK register ts-node; false = Node strips the types itself. */
  readonly typescript: boolean;
}

export function parseRuntimeOptions(options: PropertyMap): RuntimeOptions {
  const { nodeargs = "", typescript = true } = options;
  if (typeof nodeargs !== "string") throw new Error("Pulumi.yaml: runtime.options.nodeargs must be a string");
  if (typeof typescript !== "boolean") {
    throw new Error("Pulumi.yaml: runtime.options.typescript must be true or false");
  }
  return { nodeArgs: splitWords(nodeargs), typescript };
}

/** Splits words like a shell: at spaces, except in quotes and after backslashes. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  const word = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g;
  for (const [raw] of line.matchAll(word)) {
    words.push(
      raw.replace(
        /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
        (_, escaped?: string, double?: string, single?: string) =>
          escaped ?? single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? "",
      ),
    );
  }
  if (line.replace(word, "").trim() !== "")
    throw new Error(`Pulumi.yaml: unbalanced quotes in nodeargs: ${line}`);
  return words;
}
