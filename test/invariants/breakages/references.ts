import { copy, drop, set } from "../../mutate.ts";
import {
  type Breakages,
  container,
  DEPLOYMENT,
  MASTER_KEY,
  STATEFULSET,
  TEMPLATE,
  USERS_SECRET,
} from "./breakage.ts";

export const REFERENCES: Breakages = {
  "pods name what exists": {
    "no Secret": drop(MASTER_KEY),
    "a Secret of another namespace": set(MASTER_KEY, "inputs.metadata.namespace", "llm-data"),
    "another key": container("env.0.valueFrom.secretKeyRef.key", "password"),
    "no ConfigMap": drop("litellm-config"),
    "no claim": drop("postgres-data"),
    "a service account": set(DEPLOYMENT, `${TEMPLATE}.serviceAccountName`, "litellm"),
    "no governing Service": set(STATEFULSET, "inputs.spec.serviceName", "db"),
  },
  "nothing is unused": {
    "a Secret": copy(MASTER_KEY, { urn: "urn:other", id: "llm-gateway/other" }),
    "a ConfigMap": set(DEPLOYMENT, `${TEMPLATE}.volumes.0`, {
      name: "etc-litellm",
      emptyDir: { sizeLimit: "1Mi" },
    }),
    "a claim": copy("postgres-data", { urn: "urn:other", id: "llm-data/other" }),
    "a Secret like that of a user": copy(USERS_SECRET, {
      urn: "urn:other",
      id: "llm-data/other",
      name: "nats-user-other-1-llm-data",
    }),
    "a user's Secret in another namespace": set(USERS_SECRET, "inputs.metadata.namespace", "llm-chat"),
  },
  "files on command lines are mounted": {
    "another file": container("args.1", "/etc/litellm/proxy.yaml"),
    "no file": container("args", ["--port", "4000"]),
    "another file in the ConfigMap": set("ConfigMap::postgres-roles", "inputs.data", { "other.sql": "" }),
  },
  "selectors select one workload": {
    "a Service of nothing": set("litellm-server-service", "inputs.spec.selector", { app: "litellm" }),
    "a Service without selector": set("postgres-server-service", "inputs.spec.selector", undefined),
    "a budget of nothing": set("litellm-server-disruption-budget", "inputs.spec.selector.matchLabels", {
      a: "b",
    }),
    "a controller of another's pods": set(DEPLOYMENT, "inputs.spec.selector.matchLabels", {
      "app.kubernetes.io/component": "migration",
    }),
    "a selector of two": set(DEPLOYMENT, "inputs.spec.selector.matchLabels", {
      "app.kubernetes.io/name": "litellm",
    }),
  },
  "Service ports resolve": {
    "an unknown name": set("litellm-server-service", "inputs.spec.ports.0.targetPort", "web"),
    "another number": set("litellm-server-service", "inputs.spec.ports.0.port", 80),
    "no port": set("litellm-server-service", "inputs.spec.ports", []),
  },
  "objects stand in the stack's namespaces": {
    default: set("litellm-server-service", "inputs.metadata.namespace", "default"),
    none: set("litellm-server-service", "inputs.metadata.namespace", undefined),
    "a user's Secret in another namespace": set(USERS_SECRET, "inputs.metadata.namespace", "default"),
  },
};
