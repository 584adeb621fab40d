import type { KubeContexts } from "./kubeconfig.ts";

/** The inputs of a stack's configuration. */
export interface ConfigSource {
  /** Raw text by key, without the project's prefix. Structured values are JSON. */
  readonly values: Readonly<Record<string, string>>;
  /** The keys whose values are secret. The values are never read. */
  readonly secretKeys: ReadonlySet<string>;
  /** The contexts of the kubeconfig. */
  readonly contexts: KubeContexts;
}
