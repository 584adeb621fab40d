import { PART_OF, TENANT } from "../../components/core/labels.ts";
import type { Report } from "../report.ts";
import type { Kubectl } from "./kubectl.ts";

/** Finalizers that the controllers of the sandbox remove. */
const HANDLED = new Set([
  "batch.kubernetes.io/job-tracking",
  "foregroundDeletion",
  "kubernetes.io/pvc-protection",
  "orphan",
]);

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}
interface List {
  readonly items: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: Metadata;
  }[];
}
/** Kueue's manager makes the objects of its own kinds, and removes their finalizers. */
const isOfKueue = ({ apiVersion }: List["items"][number]): boolean =>
  apiVersion.startsWith("kueue.x-k8s.io/");

/**
 * Removes finalizers from the objects of tenants that no controller of the sandbox removes, and reports each. A
 * namespace with such an object is never deleted. Only for a sandbox, which goes with everything in it.
 */
export async function removeForeignFinalizers(kubectl: Kubectl, report: Report): Promise<void> {
  const list = async (...args: string[]) =>
    (JSON.parse(await kubectl("get", ...args, "--output=json")) as List).items;
  const namespaces = await list("namespaces", `--selector=${TENANT},app.kubernetes.io/part-of=${PART_OF}`);
  if (namespaces.length === 0) return;
  const kinds = (
    await kubectl("api-resources", "--namespaced", "--verbs=list,patch", "--output=name")
  ).trim();
  for (const { metadata: namespace } of namespaces) {
    const objects = await list(kinds.split("\n").join(","), `--namespace=${namespace.name}`);
    for (const { kind, metadata } of objects.filter((object) => !isOfKueue(object))) {
      const { name, finalizers = [] } = metadata;
      const kept = finalizers.filter((finalizer) => HANDLED.has(finalizer));
      if (kept.length === finalizers.length) continue;
      const foreign = finalizers.filter((finalizer) => !HANDLED.has(finalizer));
      report.line(
        `tenant ${namespace.labels?.[TENANT] ?? ""} left ${kind} ${namespace.name}/${name} with the finalizer ` +
          `${foreign.join(", ")}, which nothing in this sandbox removes: removed, because the sandbox goes with everything in it`,
      );
      const patch = JSON.stringify({ metadata: { finalizers: kept } });
      await kubectl("patch", kind, name, `--namespace=${namespace.name}`, "--type=merge", `--patch=${patch}`);
    }
  }
}
