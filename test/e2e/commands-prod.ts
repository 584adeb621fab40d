// Stack prod in the simulated sandbox, once `make up STACK=prod` has deployed it.
import { expect } from "chai";
import { STAND_IN } from "../../sandbox/cluster/cloudnativepg.ts";
import type { Workplace } from "../make.ts";
import { liveObjects, plannedChanges } from "./stack-objects.ts";

/** The workloads whose pods stand for one another, and how many they are. */
const SEVERAL: Readonly<Record<string, { readonly namespace: string; readonly pods: number }>> = {
  nats: { namespace: "llm-data", pods: 3 },
  etcd: { namespace: "llm-data", pods: 3 },
  "litellm-proxy": { namespace: "llm-gateway", pods: 2 },
  "kyverno-admission-controller": { namespace: "kyverno", pods: 3 },
};
const SERVICES: Readonly<Record<string, string>> = {
  postgres: "postgres-rw.llm-data.svc.cluster.local:5432",
  redis: "redis.llm-data.svc.cluster.local:6379",
  nats: "nats.llm-data.svc.cluster.local:4222",
  etcd: "etcd.llm-data.svc.cluster.local:2379",
  phoenix: "phoenix-svc.llm-tracing.svc.cluster.local:6006",
  litellm: "litellm-proxy.llm-gateway.svc.cluster.local:4000",
  "open-webui": "open-webui.llm-chat.svc.cluster.local:8080",
};

interface Items<T> {
  readonly items: readonly T[];
}
interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly nodeName: string;
    readonly topologySpreadConstraints?: readonly { readonly topologyKey: string }[];
  };
}
interface Budget {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly selector: { readonly matchLabels: Readonly<Record<string, string>> } };
  readonly status: { readonly expectedPods: number; readonly disruptionsAllowed: number };
}

/** @param output what the update wrote */
export function isHighlyAvailable(workplace: Workplace, output: () => string): void {
  const shell = (script: string) => workplace.shellDone("prod", script);
  const get = async <T>(what: string): Promise<readonly T[]> =>
    (JSON.parse(await shell(`kubectl get ${what} -o json`)) as Items<T>).items;

  describe("is highly available:", () => {
    it("has every service at its address, ready", () => {
      const rows = output()
        .split("\n")
        .filter((line) => /\.svc\.cluster\.local:\d+ /.test(line));
      expect(
        Object.fromEntries(rows.map((row) => [row.split(/ +/)[0], row.split(/ +/).slice(2).join(" ")])),
      ).to.deep.equal(
        Object.fromEntries(Object.entries(SERVICES).map(([name, address]) => [name, `${address} ready`])),
      );
    });

    it("says in one line which charts it replaces, and where Kyverno's own comes from", () =>
      expect(
        output()
          .split("\n")
          .filter((line) => line.includes("charts: ")),
      ).to.deep.equal([
        "charts: kyverno 3.9.1 is the official one, from its Go module; the official ones of LiteLLM and Phoenix are in no package registry, so small charts of this project replace them (sandbox/charts)",
      ]));

    it("has Helm releases of Kyverno, LiteLLM and Phoenix, each installed once", async () => {
      const releases = await get<{ metadata: { labels: { name: string; status: string; version: string } } }>(
        "-A secrets -l owner=helm",
      );
      expect(
        releases.map(({ metadata: { labels } }) => `${labels.name} ${labels.version} ${labels.status}`),
      ).to.have.members(["kyverno 1 deployed", "litellm 1 deployed", "phoenix 1 deployed"]);
    });

    it("has the policies as Kyverno's kind, and none in the API server", async () => {
      expect(await shell("kubectl get validatingpolicies -o name | wc -l")).to.equal("6");
      expect(await shell("kubectl get validatingadmissionpolicies -o name")).to.equal("");
    });

    it("runs Phoenix as one pod that ends before the next one starts", async () => {
      const strategy = "kubectl -n llm-tracing get deployment phoenix -o jsonpath='{.spec.strategy}'";
      expect(await shell(strategy)).to.equal('{"type":"Recreate"}');
    });

    it("runs the configured number of pods", async () => {
      const replicas =
        "kubectl get deployments,statefulsets -A -o jsonpath='{range .items[*]}{.metadata.name}={.status.readyReplicas} {end}'";
      const several = Object.entries(SEVERAL).map(([name, { pods }]) => `${name}=${pods}`);
      expect((await shell(replicas)).split(" ")).to.have.members([
        ...several,
        ...["background", "cleanup", "reports"].map((controller) => `kyverno-${controller}-controller=2`),
        "open-webui=1",
        "phoenix=1",
        "redis=1",
      ]);
    });

    for (const [name, { namespace, pods: wanted }] of Object.entries(SEVERAL)) {
      it(`keeps ${name} while a node is down: a budget, and pods on different nodes`, async () => {
        const budgets = (await get<Budget>(`-n ${namespace} poddisruptionbudgets`)).filter(
          ({ metadata }) => metadata.name === name,
        );
        expect(budgets.map(({ status }) => status)).to.have.length(1);
        expect(budgets[0]?.status).to.include({ expectedPods: wanted, disruptionsAllowed: 1 });
        const { matchLabels } = budgets[0]?.spec.selector ?? { matchLabels: {} };
        const selector = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
        const pods = await get<Pod>(
          `-n ${namespace} pods --field-selector=status.phase=Running -l ${selector.join(",")}`,
        );
        expect(new Set(pods.map(({ spec }) => spec.nodeName)).size).to.equal(wanted);
        // Kyverno's chart spreads its pods by an affinity.
        if (namespace === "kyverno") return;
        for (const { spec } of pods)
          expect(spec.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).to.include.members([
            "kubernetes.io/hostname",
            "topology.kubernetes.io/zone",
          ]);
      });
    }
  });

  describe("PostgreSQL", () => {
    const cluster = (path: string) =>
      shell(`kubectl -n llm-data get cluster postgres -o jsonpath='{${path}}'`);

    it("is a Cluster of three that CloudNativePG's definitions accept, with a budget and a synchronous standby", async () => {
      expect(JSON.parse(await cluster(".spec"))).to.deep.include({
        instances: 3,
        enablePDB: true,
        enableSuperuserAccess: false,
      });
      expect(JSON.parse(await cluster(".spec.postgresql.synchronous"))).to.include({
        method: "any",
        number: 1,
        dataDurability: "preferred",
      });
    });

    it("has a role and a database for each of its users, and nothing of a single server", async () => {
      const databases = "kubectl -n llm-data get databases -o jsonpath='{.items[*].spec.name}'";
      expect((await shell(databases)).split(" ")).to.have.members(["litellm", "phoenix", "open_webui"]);
      const roles = (await cluster(".spec.managed.roles[*].name")).split(" ");
      expect(roles).to.have.members(["app", "litellm", "open_webui", "phoenix"]);
      for (const names of ["statefulset/postgres", "service/postgres", "job/postgres-roles"]) {
        expect(await shell(`kubectl -n llm-data get ${names} --ignore-not-found -o name`), names).to.equal(
          "",
        );
      }
    });

    it("is ready with a message that it is simulated", async () => {
      expect(await cluster(".status.conditions[*].reason")).to.equal(STAND_IN);
      const message = "kubectl -n llm-data get databases -o jsonpath='{.items[*].status.message}'";
      expect(await shell(message)).to.contain(STAND_IN);
    });

    it("uses an existing operator only because of the stack's configuration", async () => {
      const config = await shell(
        "pulumi config get --path llm-platform:postgres.cluster.operator --stack prod",
      );
      expect(JSON.parse(config)).to.deep.equal({ install: false });
    });
  });

  describe("afterwards", () => {
    it("does not change by itself", async () => {
      expect(await plannedChanges(workplace, "prod")).to.deep.equal({ removed: [], changed: [] });
      expect(await workplace.makeDone("drift", "STACK=prod")).to.contain("no drift");
      const before = await liveObjects(workplace, "prod");
      expect(await workplace.makeDone("up", "STACK=prod")).to.match(/^Resources:\n +\d+ unchanged$/m);
      expect([...(await liveObjects(workplace, "prod"))]).to.have.deep.members([...before]);
    });
  });
}
