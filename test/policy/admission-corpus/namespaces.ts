// Who changes the labels that put a namespace under policy.
import { KUEUE_MANAGED, NAMESPACE_ROLE, TENANT } from "../../../components/core/labels.ts";
import { create, namespace, relabelled, serviceAccount, update } from "./build.ts";
import type { AdmissionCase, Manifest, User } from "./types.ts";

const NO = { denied: "guardLabels" } as const;
/** Has the verb that the guard asks for. */
export const DEPLOYER: User = { name: "deployer", groups: ["deployers", "system:authenticated"] };
export const ADMINISTRATOR: User = { name: "root", groups: ["system:masters", "system:authenticated"] };
const namespaceController = serviceAccount("kube-system", "namespace-controller");

const ENFORCE = "pod-security.kubernetes.io/enforce";
const TENANT_LABELS = {
  [NAMESPACE_ROLE]: "tenant",
  [TENANT]: "a",
  [KUEUE_MANAGED]: "true",
  [ENFORCE]: "restricted",
  team: "a",
};
const tenant = namespace(TENANT_LABELS);
const queued = namespace({ [KUEUE_MANAGED]: "true", [ENFORCE]: "baseline" });
const others = namespace({ team: "b", [ENFORCE]: "restricted" });
const plain = namespace({ team: "c" });

const without = (object: Manifest, key: string): Manifest =>
  relabelled(
    object,
    Object.fromEntries(Object.entries(object.metadata.labels ?? {}).filter(([k]) => k !== key)),
  );
const having = (object: Manifest, labels: Readonly<Record<string, string>>): Manifest =>
  relabelled(object, { ...object.metadata.labels, ...labels });
const remove = (name: string, object: Manifest, rest: Partial<AdmissionCase> = {}): AdmissionCase => ({
  name,
  operation: "DELETE",
  object,
  expected: "allowed",
  ...rest,
});

const needsApiServer = "what a user may do is in the cluster's roles";
const asked = { needsApiServer };

export const NAMESPACE_CASES: readonly AdmissionCase[] = [
  create("namespace outside the platform", namespace({})),
  create("namespace with a label of its own", plain),
  create("namespace outside the platform with a level of pod security", others),
  create("namespace that says that it shares gpus", queued, NO, asked),
  create("namespace that says that it is a tenant", namespace({ [NAMESPACE_ROLE]: "tenant" }), NO, asked),
  create("tenant by the deployer", tenant, undefined, { as: DEPLOYER, ...asked }),
  create("tenant by an administrator", tenant, undefined, { as: ADMINISTRATOR, ...asked }),
  update("tenant whose own label changes", tenant, having(tenant, { team: "z" })),
  update("tenant that leaves the queues", tenant, without(tenant, KUEUE_MANAGED), NO, asked),
  update(
    "tenant that sets the queues to false",
    tenant,
    having(tenant, { [KUEUE_MANAGED]: "false" }),
    NO,
    asked,
  ),
  update(
    "tenant that empties the label of the queues",
    tenant,
    having(tenant, { [KUEUE_MANAGED]: "" }),
    NO,
    asked,
  ),
  update("tenant that is none any more", tenant, without(tenant, NAMESPACE_ROLE), NO, asked),
  update("tenant that takes the name of another", tenant, having(tenant, { [TENANT]: "b" }), NO, asked),
  update(
    "tenant that becomes the platform",
    tenant,
    having(tenant, { [NAMESPACE_ROLE]: "platform" }),
    NO,
    asked,
  ),
  update("tenant that leaves pod security", tenant, without(tenant, ENFORCE), NO, asked),
  update("tenant that lowers pod security", tenant, having(tenant, { [ENFORCE]: "privileged" }), NO, asked),
  update(
    "tenant that pins a version of pod security",
    tenant,
    having(tenant, { [`${ENFORCE}-version`]: "v1.25" }),
    NO,
    asked,
  ),
  update(
    "namespace with only queues that lowers pod security",
    queued,
    having(queued, { [ENFORCE]: "privileged" }),
    NO,
    asked,
  ),
  update(
    "namespace outside the platform that lowers pod security",
    others,
    having(others, { [ENFORCE]: "privileged" }),
  ),
  update(
    "namespace outside the platform that becomes a tenant",
    plain,
    having(plain, { [NAMESPACE_ROLE]: "tenant" }),
    NO,
    asked,
  ),
  update("tenant whose labels all go", tenant, relabelled(tenant, undefined), NO, asked),
  update("tenant that leaves the queues by the deployer", tenant, without(tenant, KUEUE_MANAGED), undefined, {
    as: DEPLOYER,
    ...asked,
  }),
  update(
    "tenant that leaves the queues by an administrator",
    tenant,
    without(tenant, KUEUE_MANAGED),
    undefined,
    {
      as: ADMINISTRATOR,
      ...asked,
    },
  ),
  update("tenant that leaves the queues by its status", tenant, without(tenant, KUEUE_MANAGED), NO, {
    subresource: "status",
    ...asked,
  }),
  update("tenant that leaves the queues by its end", tenant, without(tenant, KUEUE_MANAGED), NO, {
    subresource: "finalize",
    ...asked,
  }),
  update("tenant that its status changes", tenant, { ...tenant, status: { phase: "Active" } }, undefined, {
    subresource: "status",
  }),
  remove("tenant that is deleted", tenant, { expected: NO, ...asked }),
  remove("namespace outside the platform that is deleted", plain),
  remove("tenant that the deployer deletes", tenant, { as: DEPLOYER, ...asked }),
  remove("tenant that is ended by the namespace controller", tenant, { as: namespaceController }),
];
