import { z } from "zod";

/** The wrapper of a secret in `stack export --show-secrets`: its text is JSON. */
const secret = z.looseObject({ plaintext: z.string() });

const exported = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(
      z.looseObject({ type: z.string(), inputs: z.record(z.string(), z.unknown()).optional() }),
    ),
  }),
});

/** The manifests of a stack's Kubernetes objects, in the order of their creation. */
export function manifestsOf(stackExport: string): unknown[] {
  return exported
    .parse(JSON.parse(stackExport))
    .deployment.resources.filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => withoutWrappers(inputs));
}

function withoutWrappers(value: unknown): unknown {
  const wrapped = secret.safeParse(value);
  if (wrapped.success) return JSON.parse(wrapped.data.plaintext) as unknown;
  if (Array.isArray(value)) return value.map(withoutWrappers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      // The SDK's own additions are not part of a manifest.
      .filter(([key]) => !key.startsWith("__"))
      .map(([key, child]) => [key, withoutWrappers(child)]),
  );
}
