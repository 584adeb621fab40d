import { drop, set } from "../../mutate.ts";
import type { Breakages } from "./breakage.ts";

const CLUSTER = "postgres-cluster";
const OPERATOR = "postgres-operator-release";
const POLICY = "network-llm-data-postgresql-database";
const TO_API = "postgres-api-server";
const ROLES = "inputs.spec.managed.roles.0";

/** Of prod as it is committed: what is about pods that operators make of the program's objects. */
export const CLOUDNATIVEPG: Breakages = {
  "nothing is unused": {
    "a role with an unused password": set(CLUSTER, `${ROLES}.passwordSecret.name`, "another"),
  },
  "policies select one workload": {
    "no instance": set(
      POLICY,
      ["inputs", "spec", "podSelector", "matchLabels", "app.kubernetes.io/name"],
      "pg",
    ),
    "no operator": set(
      "postgres-operator-api-server",
      ["inputs", "spec", "podSelector", "matchLabels", "app.kubernetes.io/component"],
      "manager",
    ),
  },
  "policy peers and ports exist": {
    "a port that no instance has": set(POLICY, "inputs.spec.ingress.0.ports.0.port", 5433),
  },
  "traffic is what the edges say": {
    "instances that do not reach the API server": drop(TO_API),
    "instances that reach another address": set(
      TO_API,
      "inputs.spec.egress.0.to.0.ipBlock.cidr",
      "198.51.100.7/32",
    ),
    "instances that reach another port": set(TO_API, "inputs.spec.egress.0.ports.0.port", 22),
    "an operator that reaches no instance": set(
      "network-cnpg-system-cloudnative-pg-operator",
      "inputs.spec.egress",
      [],
    ),
  },
  "the internet leaves private addresses out": {
    "an undeclared private address": set(TO_API, "inputs.spec.egress.0.to.0.ipBlock.cidr", "10.0.0.0/8"),
  },
  "every edge is used": {
    "a gateway that asks another host": set(
      "litellm-server-deployment",
      "inputs.spec.template.spec.containers.0.env",
      [],
    ),
  },
  "prod protects data, dev nothing": {
    "an unprotected Cluster": set(CLUSTER, "protect", false),
    "a Cluster that goes with its volumes": set(CLUSTER, "retainOnDelete", false),
    "an unprotected operator": set(OPERATOR, "protect", false),
  },
  "objects wait for namespaces, pods for policies": {
    "a Cluster before the way to its API server": set(CLUSTER, "dependencies", []),
    "an operator before the policies": (recording) =>
      set(OPERATOR, "parent", "")(set(OPERATOR, "dependencies", [])(recording)),
  },
};
