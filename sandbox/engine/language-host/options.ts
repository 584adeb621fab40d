import type { PropertyMap } from "../shared/property-values.ts";

/** `runtime.options` of Pulumi.yaml, as far as they matter to the sandbox. */
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

/** Words as a shell would split them: blanks separate, single and double quotes and backslashes keep together. */
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
