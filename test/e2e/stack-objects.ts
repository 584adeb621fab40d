import type { Workplace } from "../make.ts";

const KINDS = [
  "namespaces,networkpolicies,services,configmaps,secrets,persistentvolumeclaims,deployments,statefulsets,jobs",
  "poddisruptionbudgets,resourcequotas,limitranges,roles,rolebindings",
  "validatingadmissionpolicies,validatingadmissionpolicybindings",
].join();

/** Kinds of Kueue, with a comma before each, where the cluster has them. */
const QUEUES =
  "$(kubectl api-resources --api-group=kueue.x-k8s.io -o name | " +
  "grep -E '^(clusterqueue|localqueue|resourceflavor|workloadpriorityclass)' | sed 's/^/,/' | tr -d '\\n')";

interface LiveObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation?: number;
    readonly resourceVersion: string;
    readonly ownerReferences?: readonly unknown[];
  };
}

const objectName = ({ kind, metadata }: Pick<LiveObject, "kind" | "metadata">): string =>
  `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;

/**
 * The platform's objects in the cluster, without those that another object owns. By "Kind namespace/name", each with a
 * text that changes when the object is recreated, or when anything except its status is written.
 */
export async function liveObjects(workplace: Workplace, stack: string): Promise<ReadonlyMap<string, string>> {
  const script = `kubectl get "${KINDS}${QUEUES}" -A -l app.kubernetes.io/part-of=llm-platform -o json`;
  const { items } = JSON.parse(await workplace.shellDone(stack, script)) as { items: readonly LiveObject[] };
  return new Map(
    items
      .filter(({ metadata }) => metadata.ownerReferences === undefined)
      .map((item) => [
        objectName(item),
        `${item.metadata.uid} ${String(item.metadata.generation ?? item.metadata.resourceVersion)}`,
      ]),
  );
}

/** The objects that the state knows: "Kind.logical name", as the golden files have it, to "Kind namespace/name". */
export async function stackObjects(
  workplace: Workplace,
  stack: string,
): Promise<ReadonlyMap<string, string>> {
  const exported = await workplace.shellDone(stack, `pulumi stack export --stack ${stack}`);
  const { deployment } = JSON.parse(exported) as {
    deployment: {
      resources: readonly { urn: string; type: string; custom: boolean; outputs?: LiveObject }[];
    };
  };
  return new Map(
    deployment.resources.flatMap(({ urn, type, custom, outputs }) =>
      custom && type.startsWith("kubernetes:") && outputs !== undefined
        ? [[logicalName(urn), objectName(outputs)]]
        : [],
    ),
  );
}

/** What an update would remove and change, components aside. As "Kind.logical name", sorted. */
export async function plannedChanges(
  workplace: Workplace,
  stack: string,
): Promise<{ readonly removed: string[]; readonly changed: string[] }> {
  const { steps } = JSON.parse(await workplace.shellDone(stack, "pulumi preview --json")) as {
    steps: readonly { op: string; urn: string; oldState?: { custom?: boolean } }[];
  };
  const named = (wanted: (op: string) => boolean) =>
    steps
      .filter(({ op, oldState }) => wanted(op) && oldState?.custom !== false)
      .map(({ urn }) => logicalName(urn))
      .sort();
  return {
    removed: named((op) => op === "delete"),
    // What a release has made is read again each time.
    changed: named((op) => !["delete", "same", "read"].includes(op)),
  };
}

function logicalName(urn: string): string {
  const [, , type = "", name = ""] = urn.split("::");
  return `${type.split(":").at(-1) ?? ""}.${name}`;
}
