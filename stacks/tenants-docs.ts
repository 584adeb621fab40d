import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderQuota } from "../components/tenant/render-quota.ts";
import { TENANT_RIGHTS } from "../components/tenant/rights.ts";
import { committedConfig, table } from "./services-docs.ts";

const PAGE = join(import.meta.dirname, "..", "docs", "tenants.md");

/** `docs/tenants.md`: what a tenant gets, and what its borders cover. */
export function renderTenantsDocs(): string {
  return `<!-- Generated from the quota, the rights and the stacks as they are committed, by \`npm run docs:fix\`. Do not edit. -->

# Tenants

A tenant is a team that shares the cluster: it has a namespace of its own, \`<namespacePrefix>-tenant-<name>\`, and works in it
with its own users, without a right to anything outside.

\`\`\`console
$ pulumi config set --path 'llm-platform:tenants.research.group' research-users
$ pulumi config set --path 'llm-platform:tenants.research.quota.cpu' 16
$ pulumi config set --path 'llm-platform:tenants.research.gateway' true
$ pulumi config set --path 'llm-platform:gateway.keys.tenant-research.budget.usd' 50
$ pulumi up
\`\`\`

Every key is in [configuration.md](configuration.md) under \`tenants\`.

## What it gets

| what | from |
| --- | --- |
| a namespace under Pod Security \`restricted\`, the label \`llm-platform/kueue-managed\`, and default deny both ways | always |
| a quota for all its pods together, and defaults and a maximum for each container | \`quota\`, \`container\` |
| rights for its users, in that namespace alone: the table below | \`group\` |
| the way to the gateway, and a virtual key of its own in a Secret of its namespace | \`gateway\` |
| a queue of Kueue, which it shares GPUs through | \`queue\`, with \`features.kueue\` |

The key is in the Secret that \`pulumi stack output secrets\` names as \`tenant-<name>\`, and that its users find by its label:

\`\`\`console
$ kubectl -n llm-tenant-research get secret -l app.kubernetes.io/name=litellm
\`\`\`

What the key may spend and ask for is \`gateway.keys.tenant-<name>\`. In prod a tenant without a budget, its own or its team's,
is refused; in dev it is warned of. Without the gateway's database there are no virtual keys, and no tenant gets a copy of the
master key: that is refused, too.

## What its users may do

In their own namespace, and nothing anywhere else. The API server is asked for all that they may do, and its answer is
compared with this table (\`test/e2e/tenants.test.ts\`).

${table(
  ["resources", "group", "verbs", "to"],
  TENANT_RIGHTS.map(({ resources, group, verbs, purpose }) => [
    resources.map((resource) => `\`${resource}\``).join(", "),
    group === "" ? "core" : `\`${group}\``,
    verbs.join(", "),
    purpose,
  ]),
)}

Not among them, on purpose: the namespace and its labels, anything under \`status\` (whoever may write a status may write
labels), quotas, limits, network policies, roles, LocalQueues to write, Services and Ingresses, service accounts and their
tokens.

## Quotas as committed

${["dev", "prod"].map(quotaTable).join("\n\n")}

A container that says nothing gets the defaults of \`container\`, so a quota refuses nobody for not having said anything. A quota
is open for what it does not name: slices of a GPU (MIG) have a name a size, and Kueue is what keeps them, since it admits
nothing that its ClusterQueue does not cover.

## Queues

Kueue itself is the cluster's: the platform makes a ResourceFlavor, a ClusterQueue that all tenants share, a LocalQueue a tenant
with \`queue\`, and two priorities, \`<namespacePrefix>-low\` and \`-high\`. An update waits until Kueue says that the ClusterQueue
is active.

\`\`\`console
$ pulumi config set --path 'llm-platform:features.kueue' true
$ pulumi config set --path 'llm-platform:tenants.research.queue.name' gpu
$ pulumi config set --path 'llm-platform:tenants.research.quota.gpus' 1
\`\`\`

A Job then says \`kueue.x-k8s.io/queue-name: gpu\` in its own labels, and perhaps \`kueue.x-k8s.io/priority-class: llm-high\`.
A LocalQueue is never called \`default\`: Kueue would put whatever names no queue into it, and nobody would see why.

## What the borders cover, and by what it is proven

| border | proven by |
| --- | --- |
| no pod of it reaches anything but the gateway and DNS, and nothing reaches it | two analysers of network policies (\`test/policy\`), [isolation.md](isolation.md) |
| its users may do what the table says | the API server's own answer |
| quota, defaults, maximum; no NodePort, no LoadBalancer, no claim of a device, no priority of the cluster's own parts | refusals of the API server |
| no privileged pod, no root, no folder of the node, no network of the node | refusals of the API server, in each namespace of the platform |
| a request whose budget cannot be verified is refused: \`gateway.failClosed\`, which prod refuses to turn off | LiteLLM itself, as it reads its settings (\`test/live\`) |

## What they do not cover

Tenants are colleagues who make mistakes, and no attackers:

- Pods of two tenants run on the same nodes, on one kernel. Who has to be kept apart for good needs a cluster of his own.
- The gateway's key is for the whole tenant: each of its users can read it, and spend all of its budget. Spend is counted after
  an answer, so answers that are on their way at the end of a budget go through.
- DNS is open: a pod can tell a name server outside what it likes, slowly.
- A tenant's pods do not reach each other: what needs several pods that talk (distributed training) has no way yet.
- A node's disk and its bandwidth are not counted.
- A tenant's pods have the token of its service account \`default\`, which may do nothing, and cannot reach the API server.
- A cluster's administrator can give rights and take labels away; admission policies guard the labels where \`features.security\`
  is on.

## To remove one

In prod the namespace is protected and stays: what is in it is the tenant's. \`pulumi up\` after \`pulumi config rm\` says which
\`pulumi state unprotect\` is missing; the key at the gateway ends with the update, and the namespace is deleted by hand when
nobody misses it.
`;
}

/** Everything that a ResourceQuota of a stack counts. */
function quotaTable(stack: string): string {
  const tenants = Object.entries(committedConfig(stack).tenants).map(
    ([name, { quota }]) =>
      [name, renderQuota("", quota).spec.hard as Readonly<Record<string, string>>] as const,
  );
  const resources = [...new Set(tenants.flatMap(([, hard]) => Object.keys(hard)))];
  const rows = resources.map((resource) => [
    `\`${resource}\``,
    ...tenants.map(([, hard]) => hard[resource] ?? ""),
  ]);
  return table([stack, ...tenants.map(([name]) => name)], rows);
}

if (import.meta.main) {
  const wanted = renderTenantsDocs();
  if (process.argv.includes("--check")) {
    if (readFileSync(PAGE, "utf8") !== wanted) {
      console.error("docs/tenants.md is not what the program says. Fix: npm run docs:fix");
      process.exitCode = 1;
    }
  } else {
    writeFileSync(PAGE, wanted);
  }
}
