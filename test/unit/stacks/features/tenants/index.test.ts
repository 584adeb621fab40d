import { expect } from "chai";
import "../../../../../stacks/config.ts";
import { kueueSchema } from "../../../../../stacks/features/kueue/schema.ts";
import {
  storageWarnings,
  tenantsProblems,
  tenantsWarnings,
} from "../../../../../stacks/features/tenants/rules.ts";
import { tenantsSchema } from "../../../../../stacks/features/tenants/schema.ts";
import {
  tenantGatewayUsers,
  tenantNamespaceArgs,
  tenantNamespaces,
  tenantQueues,
} from "../../../../../stacks/features/tenants/build.ts";

const set = (path: string, value: string): string =>
  `pulumi config set --path 'llm-platform:${path}' ${value}`;

describe("the section tenants", () => {
  it("gives a tenant that says nothing little, and no way to the gateway, to a GPU or for a user", () =>
    expect(tenantsSchema.parse({ lab: {} })).to.deep.equal({
      lab: {
        quota: { cpu: 4, memoryGi: 8, gpus: 0, pods: 20, storageGi: 20, objects: 200 },
        classes: { storage: [], priority: [], runtime: [] },
        container: { cpuMillicores: 100, memoryMi: 256 },
        gateway: false,
      },
    }));

  for (const [what, section, path] of [
    ["a name with a capital", { Lab: {} }, "Lab"],
    ["a name that ends with a dash", { "lab-": {} }, "lab-"],
    ["a long name", { ["a".repeat(31)]: {} }, "a".repeat(31)],
    ["no pods", { lab: { quota: { pods: 0 } } }, "lab.quota.pods"],
    ["half a GPU", { lab: { quota: { gpus: 0.5 } } }, "lab.quota.gpus"],
    ["an unknown quota", { lab: { quota: { services: 1 } } }, "lab.quota"],
    ["a class with a capital", { lab: { classes: { storage: ["Fast"] } } }, "lab.classes.storage.0"],
    ["a queue without a name", { lab: { queue: {} } }, "lab.queue.name"],
    ["a queue with a capital", { lab: { queue: { name: "GPU" } } }, "lab.queue.name"],
    ["the queue that takes all", { lab: { queue: { name: "default" } } }, "lab.queue.name"],
    ["everybody as its users", { lab: { group: "system:authenticated" } }, "lab.group"],
    ["an unknown key", { lab: { budget: 5 } }, "lab"],
  ] as const) {
    it(`refuses ${what}`, () => {
      const { error } = tenantsSchema.safeParse(section);
      expect(error?.issues.map((issue) => issue.path.join("."))).to.deep.equal([path]);
    });
  }
});

/** What the rules read, with everything on. */
const config = (
  tenants: object,
  more: {
    readonly features?: { readonly gateway?: boolean; readonly kueue?: boolean; readonly security?: boolean };
    readonly requireQueueName?: "off" | "audit" | "enforce";
    readonly database?: boolean;
    readonly kueue?: object;
  } = {},
) => ({
  namespacePrefix: "llm",
  features: { gateway: true, kueue: true, security: true, ...more.features },
  security: { policies: { requireQueueName: more.requireQueueName ?? "enforce" } },
  gateway: { database: more.database ?? true, keys: {}, teams: {} },
  kueue: kueueSchema.parse(more.kueue ?? {}),
  tenants: tenantsSchema.parse(tenants),
});
const QUEUE = { queue: { name: "gpu" } };

describe("tenantsProblems", () => {
  it("finds nothing where all fits", () => {
    expect(tenantsProblems(config({ lab: { ...QUEUE, gateway: true, quota: { gpus: 1 } } }))).to.deep.equal(
      [],
    );
    expect(tenantsProblems(config({}, { features: { kueue: false, gateway: false } }))).to.deep.equal([]);
  });

  it("refuses a key of a gateway that there is not", () =>
    expect(
      tenantsProblems(config({ lab: { ...QUEUE, gateway: true } }, { features: { gateway: false } })),
    ).to.deep.equal([
      {
        path: ["tenants", "lab", "gateway"],
        value: true,
        reason: "the stack has no gateway (features.gateway is off)",
        fix: `${set("features.gateway", "true")}  (or: ${set("tenants.lab.gateway", "false")})`,
      },
    ]));

  it("refuses to give a tenant the master key", () =>
    expect(tenantsProblems(config({ lab: { ...QUEUE, gateway: true } }, { database: false }))).to.deep.equal([
      {
        path: ["tenants", "lab", "gateway"],
        value: true,
        reason:
          "virtual keys need the database (gateway.database is off), and a tenant never gets the master key",
        fix: `${set("gateway.database", "true")}  (or: ${set("tenants.lab.gateway", "false")})`,
      },
    ]));

  it("refuses a queue that the stack does not make", () =>
    expect(tenantsProblems(config({ lab: QUEUE }, { features: { kueue: false } }))).to.deep.equal([
      {
        path: ["tenants", "lab", "queue"],
        value: QUEUE.queue,
        reason: "is a queue that the stack does not create (features.kueue is off)",
        fix: `${set("features.kueue", "true")}  (or: pulumi config rm --path 'llm-platform:tenants.lab.queue')`,
      },
    ]));

  it("rejects queues without effect", () => {
    const problem = (name: string) => ({
      path: ["features", "kueue"],
      value: true,
      reason: "no tenant has a queue, so Kueue would admit no workload",
      fix: `${set(`tenants.${name}.queue.name`, "gpu")}  (or: ${set("features.kueue", "false")})`,
    });
    expect(tenantsProblems(config({ team: {} }))).to.deep.equal([problem("team")]);
    expect(tenantsProblems(config({}))).to.deep.equal([problem("lab")]);
  });

  describe("refuses GPUs that a policy keeps from a tenant without a queue", () => {
    const gpus = { lab: { quota: { gpus: 1 } } };
    const off = { kueue: false };
    const problem = (fix: string) => ({
      path: ["tenants", "lab", "queue"],
      reason:
        "is required: the tenant may have 1 GPU(s), and a pod with GPUs needs a queue (security.policies.requireQueueName is enforce)",
      fix: `${fix}${set("tenants.lab.queue.name", "gpu")}  (or: ${set("tenants.lab.quota.gpus", "0")})`,
    });

    it("with the way to both", () => {
      expect(tenantsProblems(config(gpus, { features: off }))).to.deep.equal([
        problem(`${set("features.kueue", "true")} && `),
      ]);
      expect(tenantsProblems(config({ ...gpus, other: QUEUE }))).to.deep.equal([problem("")]);
    });

    it("and not where the policy says so, is off, or has nothing to say", () => {
      expect(tenantsProblems(config(gpus, { features: off, requireQueueName: "audit" }))).to.deep.equal([]);
      expect(tenantsProblems(config(gpus, { features: { ...off, security: false } }))).to.deep.equal([]);
      expect(tenantsProblems(config({ lab: {} }, { features: off }))).to.deep.equal([]);
    });
  });

  it("refuses fewer objects than pods", () =>
    expect(tenantsProblems(config({ lab: { ...QUEUE, quota: { pods: 20, objects: 10 } } }))).to.deep.equal([
      {
        path: ["tenants", "lab", "quota", "objects"],
        value: 10,
        reason: "is less than tenants.lab.quota.pods (20), and every pod counts as an object",
        fix: set("tenants.lab.quota.objects", "40"),
      },
    ]));

  it("refuses a quota that no queue could ever give", () =>
    expect(tenantsProblems(config({ lab: { ...QUEUE, quota: { gpus: 2 } } }))).to.deep.equal([
      {
        path: ["tenants", "lab", "quota", "gpus"],
        value: 2,
        reason:
          "is more than the quota of all queues together (kueue.quota.gpus is 1), so a workload that needs it would never start",
        fix: `${set("kueue.quota.gpus", "2")}  (or: ${set("tenants.lab.quota.gpus", "1")})`,
      },
    ]));

  it("refuses a default that the most of a container refuses", () =>
    expect(
      tenantsProblems(
        config({
          lab: {
            ...QUEUE,
            quota: { cpu: 1 },
            container: { cpuMillicores: 1001, memoryMi: 512, maxMemoryMi: 256 },
          },
        }),
      ).map(({ path, reason, fix }) => [path.join("."), reason, fix]),
    ).to.deep.equal([
      [
        "tenants.lab.container.cpuMillicores",
        "is more than the limit for one container (1000), so a container without its own value would be rejected",
        set("tenants.lab.container.cpuMillicores", "1000"),
      ],
      [
        "tenants.lab.container.memoryMi",
        "is more than the limit for one container (256), so a container without its own value would be rejected",
        set("tenants.lab.container.memoryMi", "256"),
      ],
    ]));
});

describe("what the platform hears of tenants", () => {
  const tenants = { lab: { gateway: true, ...QUEUE }, quiet: {} };

  it("is where they are, and under which policies", () => {
    expect(tenantNamespaces(config(tenants))).to.deep.equal({
      lab: "llm-tenant-lab",
      quiet: "llm-tenant-quiet",
    });
    expect(tenantNamespaceArgs(config({ lab: {} }), true)).to.deep.equal({
      "tenant-lab": {
        namespace: "llm-tenant-lab",
        role: "tenant",
        labels: { "llm-platform/kueue-managed": "true", "llm-platform/tenant": "lab" },
        retain: true,
      },
    });
  });

  it("is which queues they have", () =>
    expect(tenantQueues(config(tenants))).to.deep.equal([{ namespace: "llm-tenant-lab", name: "gpu" }]));

  it("is the tenants that call the gateway with their own key, and empty without virtual keys", () => {
    expect(tenantGatewayUsers(config(tenants))).to.deep.equal({
      "tenant-lab": { namespace: "llm-tenant-lab" },
    });
    expect(tenantGatewayUsers(config(tenants, { database: false }))).to.deep.equal({});
    expect(tenantGatewayUsers(config(tenants, { features: { gateway: false } }))).to.deep.equal({});
  });

  it("is a warning where a key has no budget, its own or its team's", () => {
    const parsed = tenantsSchema.parse(tenants);
    const budget = { usd: 5, period: "30d" };
    expect(tenantsWarnings(parsed, {}, {})).to.deep.equal([
      `the tenant "lab" has no budget at the gateway. To give it one: ${set("gateway.keys.tenant-lab.budget.usd", "50")}`,
    ]);
    expect(tenantsWarnings(parsed, { "tenant-lab": { team: "all" } }, { all: {} })).to.have.length(1);
    expect(tenantsWarnings(parsed, { "tenant-lab": { budget } }, {})).to.deep.equal([]);
    expect(tenantsWarnings(parsed, { "tenant-lab": { team: "all" } }, { all: { budget } })).to.deep.equal([]);
  });
});

describe("storageWarnings", () => {
  it("name tenants with storage and no class for it", () => {
    const tenants = tenantsSchema.parse({
      lab: {},
      none: { quota: { storageGi: 0 } },
      some: { classes: { storage: ["standard"] } },
    });
    expect(storageWarnings(tenants)).to.deep.equal([
      `the tenant "lab" may have no volume claims, because it has no storage class. To allow one (kubectl get storageclasses): ${set("tenants.lab.classes.storage[0]", "'<class>'")}  (or, without storage: ${set("tenants.lab.quota.storageGi", "0")})`,
    ]);
  });
});
