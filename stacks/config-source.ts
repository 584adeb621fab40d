import type { KubeContexts } from "./kubeconfig.ts";

/** Everything that a stack's configuration is made from. */
export interface ConfigSource {
  /** Raw texts by key, without the project's prefix; structured values are JSON. */
  readonly values: Readonly<Record<string, string>>;
  /** The keys whose values are secret. Their values are never looked at. */
  readonly secretKeys: ReadonlySet<string>;
  /** The contexts that the kubeconfig offers. */
  readonly contexts: KubeContexts;
}
