// What the invariants see of tenants, of servers that others run, and of who reads metrics.
import { expect } from "chai";
import { INVARIANTS } from "../../invariants/all.ts";
import type { Synth } from "../../invariants/invariant.ts";
import { copy, drop, type Mutation, set } from "../../mutate.ts";
import { platformConfig, runStack } from "../../program.ts";
import { BORDERS } from "../../variants.ts";

const SERVER = "network-models-vllm-server";
const TENANT = "network-llm-tenant-research-outside";
const ETCD = "network-llm-data-etcd-server";

/** Changes the peer of the first ingress rule. */
const peer = (policy: string, path: string, value: unknown): Mutation =>
  set(policy, `inputs.spec.ingress.0.from.0.${path}`, value);

const BREAKAGES: Readonly<Record<string, Readonly<Record<string, Mutation>>>> = {
  "policies select one workload": {
    "a server by another label": set(SERVER, "inputs.spec.podSelector.matchLabels", { app: "vllm" }),
    "two servers by one label": set(SERVER, "inputs.spec.podSelector.matchLabels", {
      "app.kubernetes.io/name": "vllm",
    }),
  },
  "policy rules name peers and ports": {
    "every pod of a namespace that is no tenant's": peer(SERVER, "podSelector", {}),
    "a port of every number": set(TENANT, "inputs.spec.egress.0.ports", []),
  },
  "policy peers and ports exist": {
    "another port of a server": set(SERVER, "inputs.spec.ingress.0.ports.0.port", 8002),
    "a server that is not there": set("network-llm-gateway-litellm-server", "inputs.spec.egress", [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "models" } },
            podSelector: { matchLabels: { "app.kubernetes.io/name": "tgi" } },
          },
        ],
        ports: [{ protocol: "TCP", port: 8000 }],
      },
    ]),
  },
  "traffic is what the edges say": {
    "an unprotected server": drop(SERVER),
    "a server that is guarded for others": peer(SERVER, "namespaceSelector.matchLabels", {
      "kubernetes.io/metadata.name": "llm-chat",
    }),
    "a tenant that is not let out": drop(TENANT),
    "a tenant that is let out to another port": set(TENANT, "inputs.spec.egress.0.ports.0.port", 4001),
    "no reader of metrics": set(ETCD, "inputs.spec.ingress", []),
  },
  "namespaces deny all but DNS": {
    "one more policy for all pods of a tenant": copy(TENANT, { urn: "urn:other", name: "other" }),
    "none for those of a tenant who asks the gateway": drop(TENANT),
  },
  "objects stand in the stack's namespaces": {
    "a policy where no server is guarded": set(SERVER, "inputs.metadata.namespace", "elsewhere"),
  },
};

describe("every invariant sees, of borders with others", () => {
  let synth: Synth;
  before(async () => {
    const { stack, settings } = BORDERS;
    synth = { recording: await runStack(stack, settings), config: platformConfig(stack, settings) };
  });

  for (const [statement, breakages] of Object.entries(BREAKAGES)) {
    for (const [what, mutation] of Object.entries(breakages)) {
      it(`${statement}: ${what}`, () => {
        expect(INVARIANTS[statement]?.(synth)).to.deep.equal([]);
        expect(INVARIANTS[statement]?.({ ...synth, recording: mutation(synth.recording) })).to.not.be.empty;
      });
    }
  }
});
