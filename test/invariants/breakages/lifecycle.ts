import { copy, drop, type Mutation, set } from "../../mutate.ts";
import { type Breakages, DEPLOYMENT, MASTER_KEY, USERS_SECRET } from "./breakage.ts";

/** Moves an object to a namespace that is not retained. */
const inAnotherNamespace =
  (name: string): Mutation =>
  (recording) => {
    const changes = { name: "other-namespace", id: "other", protect: false, retainOnDelete: false };
    return set(name, "inputs.metadata.namespace", "other")(copy("chat-namespace", changes)(recording));
  };

export const LIFECYCLE: Breakages = {
  "prod protects data, dev nothing": {
    "an unprotected claim": set("postgres-data", "protect", false),
    "a claim that goes": set("postgres-data", "retainOnDelete", false),
    "an unprotected salt key": set("litellm-salt-key-value", "protect", false),
    "an unprotected namespace": set("data-namespace", "protect", false),
    "a protected Deployment": set(DEPLOYMENT, "protect", true),
    "a new claim": copy("postgres-data", { name: "other-data", protect: false }),
    "a claim of a namespace that goes": inAnotherNamespace("open-webui-data"),
    "a Secret with a key of a namespace that goes": inAnotherNamespace("litellm-salt-key-llm-gateway"),
    "an unprotected namespace of the chat": set("chat-namespace", "protect", false),
    "a key of Phoenix that goes": set("phoenix-secret-value", "retainOnDelete", false),
    "an unprotected Secret with a key": set("phoenix-secret-llm-tracing", "protect", false),
    "an unprotected guard": set("open-webui-secret-key-first", "protect", false),
    "a number of members that anybody changes": set("etcd-members", "protect", false),
    "a first password that is protected": set("phoenix-admin-password-value", "protect", true),
    "a user's Secret that is protected": set(USERS_SECRET, "protect", true),
    "a master key that is left behind": set(MASTER_KEY, "retainOnDelete", true),
  },
  "keys that data is written with are written once": {
    "a salt key that changes": set("litellm-salt-key-value", "ignoreChanges", []),
    "a first password that changes": set("phoenix-admin-password-value", "ignoreChanges", []),
    "a master key that never changes": set("litellm-master-key-value", "ignoreChanges", ["*"]),
    "a value that nothing guards": drop("litellm-salt-key-first"),
    "a guard of another credential": copy("litellm-salt-key-first", { name: "litellm-master-key-first" }),
    "a Deployment that hides changes": set(DEPLOYMENT, "ignoreChanges", ["spec"]),
  },
  "ConfigMaps are immutable and named by content": {
    mutable: set("litellm-config", "inputs.immutable", undefined),
    "another content": set("litellm-config", "inputs.data", { "config.yaml": "" }),
  },
  "objects wait for namespaces, pods for policies": {
    "no order at all": (recording) => ({
      ...recording,
      resources: recording.resources.map((resource) => ({ ...resource, dependencies: [] })),
    }),
    "a network that waits for no namespace": set("network", "dependencies", []),
    "a gateway that waits for nothing": (recording) => set("litellm", "dependencies", [])(recording),
  },
};
