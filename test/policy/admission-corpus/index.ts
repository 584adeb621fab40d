// The corpus: requests, and what must become of each, whatever engine answers. Add a case here and every engine is asked.
import { KUEUE_MANAGED, NAMESPACE_ROLE } from "../../../components/core/labels.ts";
import type { PolicyParameters } from "../../../components/admission/policies/index.ts";
import { namespace } from "./build.ts";
import { IMAGE_CASES } from "./images.ts";
import { ADMINISTRATOR, DEPLOYER, NAMESPACE_CASES } from "./namespaces.ts";
import { QUEUE_CASES } from "./queues.ts";
import { TENANT_CASES } from "./tenants.ts";
import type { AdmissionCase, Manifest, User } from "./types.ts";

export type { AdmissionCase, Manifest, User } from "./types.ts";
export { ADMINISTRATOR, DEPLOYER };

/** May do everything in every namespace, and with namespaces: but relabel them. */
export const DEVELOPER: User = { name: "developer", groups: ["developers", "system:authenticated"] };

/** What the policies are made with. */
export const PARAMETERS: PolicyParameters = {
  queues: { "team-a": ["gpu", "batch"], "team-b": ["other"] },
  requireDigests: false,
  classes: { "team-a": { storage: ["standard"], runtime: ["gvisor"] } },
};

const tenant = { [NAMESPACE_ROLE]: "tenant", [KUEUE_MANAGED]: "true" };

/** The namespaces that the cases are in. */
export const NAMESPACES: readonly Manifest[] = [
  named(namespace(tenant), "team-a"),
  named(namespace(tenant), "team-b"),
  named(namespace({ [KUEUE_MANAGED]: "true" }), "team-c"),
  named(namespace({ [NAMESPACE_ROLE]: "platform" }), "platform"),
  named(namespace({}), "unmanaged"),
  named(namespace({ [KUEUE_MANAGED]: "false" }), "opted-out"),
];

/** Each object has the name of its case. */
export const CASES: readonly AdmissionCase[] = [
  ...QUEUE_CASES,
  ...NAMESPACE_CASES,
  ...IMAGE_CASES,
  ...TENANT_CASES,
].map((each) => {
  const name = each.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/-$/, "");
  return {
    ...each,
    object: named(each.object, name),
    ...(each.before && { before: named(each.before, name) }),
  };
});

function named(object: Manifest, name: string): Manifest {
  return { ...object, metadata: { ...object.metadata, name } };
}
