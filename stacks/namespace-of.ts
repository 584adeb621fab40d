import type { Config } from "./feature.ts";

/** The namespace of a layer, such as `data`. */
export function namespaceOf({ namespacePrefix }: Pick<Config, "namespacePrefix">, layer: string): string {
  return `${namespacePrefix}-${layer}`;
}
