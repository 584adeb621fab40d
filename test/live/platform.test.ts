// The dev stack with pods that really run, through `make live` as a person uses it.
import { join } from "node:path";
import { expect } from "chai";
import { checkout } from "../../sandbox/paths.ts";
import { Workplace } from "../make.ts";
import { groupsOf, hostState, processesOf } from "./host.ts";
import { eventually } from "./node.ts";
import { existsSync, readdirSync } from "node:fs";

const DATA = "llm-data";
const GATEWAY = "llm-gateway";

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
  };
  readonly status: {
    readonly phase: string;
    readonly containerStatuses: readonly {
      readonly ready: boolean;
      readonly restartCount: number;
      readonly imageID: string;
    }[];
  };
}

describe("the dev stack on the live node", function () {
  this.timeout("10m");
  const before_ = hostState();
  const workplace = new Workplace("live");
  const paths = workplace.sandbox("live");
  let url = "";

  after(async () => {
    // Nothing to do when every test has passed.
    await workplace.make("live-down");
    workplace.remove();
  });

  const kubectl = (command: string): Promise<string> => workplace.shellDone("live", `kubectl ${command}`);
  const pods = async (): Promise<Pod[]> => {
    const text = await kubectl("get pods --all-namespaces -l app.kubernetes.io/part-of=llm-platform -o json");
    return (JSON.parse(text) as { items: Pod[] }).items;
  };
  /** Pods of the servers: those of Jobs end, and those of an older version are being deleted. */
  const serving = async (): Promise<Pod[]> =>
    (await pods()).filter(
      ({ metadata, status }) => status.phase === "Running" && metadata.deletionTimestamp === undefined,
    );
  /** Their ids by application. */
  const servers = async (): Promise<Map<string, string>> =>
    new Map((await serving()).map(({ metadata }) => [metadata.name.split("-")[0] ?? "", metadata.uid]));
  const masterKey = async (): Promise<string> => {
    const output = await workplace.shellDone("live", "pulumi -C . stack output secrets --json --stack live");
    const { litellmMasterKey } = JSON.parse(output) as { litellmMasterKey: { name: string; key: string } };
    const { name, key } = litellmMasterKey;
    const value = await kubectl(`-n ${GATEWAY} get secret ${name} -o jsonpath={.data.${key}}`);
    return Buffer.from(value, "base64").toString();
  };
  const complete = (key: string): Promise<Response> =>
    fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", connection: "close" },
      body: JSON.stringify({ model: "mock", messages: [{ role: "user", content: "hi" }] }),
      signal: AbortSignal.timeout(10_000),
    });
  const answer = async (): Promise<string> => {
    const response = await complete(await masterKey());
    expect(response.status).to.equal(200);
    const { choices } = (await response.json()) as { choices: [{ message: { content: string } }] };
    return choices[0].message.content;
  };
  const psql = (sql: string): Promise<string> =>
    kubectl(
      `-n ${DATA} exec postgres-0 -- sh -c 'PGPASSWORD=$POSTGRES_PASSWORD psql -h 127.0.0.1 -U postgres -Atc "$0"' '${sql}'`,
    );

  describe("comes up from nothing", () => {
    it("and ends with URLs that answer", async () => {
      const output = await workplace.makeDone("live");
      expect(output).to.match(/^postgres +llm-data +\S+:5432 +ready$/m);
      const found = /^litellm +llm-gateway +\S+:4000 +ready +(http:\/\/127\.0\.0\.1:\d+)$/m.exec(output);
      expect(found, output).to.not.equal(null);
      url = found?.[1] ?? "";
      expect((await fetch(`${url}/health/readiness`)).status).to.equal(200);
    });

    it("with every pod ready by its own probes, none restarted, each from an image that was pulled by digest", async () => {
      const all = await pods();
      expect((await servers()).size).to.equal(2);
      for (const { metadata, status } of all) {
        const [container] = status.containerStatuses;
        expect(container?.restartCount, metadata.name).to.equal(0);
        expect(container?.imageID, metadata.name).to.match(/@sha256:[0-9a-f]{64}$/);
        expect(container?.ready, metadata.name).to.equal(status.phase === "Running");
      }
    });

    it("and again, in which nothing changes", async () => {
      expect(await workplace.makeDone("live")).to.match(/^Resources:\n +\d+ unchanged$/m);
      expect(await workplace.makeDone("drift", "STACK=live")).to.contain("no drift");
    });
  });

  describe("serves", () => {
    it("a chat completion through the gateway's Service, and none without the right key", async () => {
      expect(await answer()).to.contain("no model was asked");
      for (const key of ["", "sk-wrong"]) expect((await complete(key)).status).to.be.within(400, 500);
    });

    it("a database that takes nobody without a password", async () => {
      const refused = await workplace.shell(
        "live",
        `kubectl -n ${DATA} exec postgres-0 -- psql -h 127.0.0.1 -U postgres --no-password -c 'select 1'`,
      );
      expect(refused.code).to.not.equal(0);
      expect(refused.stderr).to.contain("no password supplied");
      expect(await psql("select 42")).to.equal("42");
    });
  });

  describe("rolls exactly the pods that use", () => {
    it("a ConfigMap that changed", async () => {
      const before = await servers();
      await workplace.shellDone(
        "live",
        "pulumi config set --stack live --path 'llm-platform:gateway.models[0].response' Changed.",
      );
      await workplace.makeDone("live");
      const after = await servers();
      expect(after.get("litellm")).to.not.equal(before.get("litellm"));
      expect(after.get("postgres")).to.equal(before.get("postgres"));
      expect(await answer()).to.equal("Changed.");
    });

    it("a Secret that changed: the old key is refused", async () => {
      const before = await servers();
      const old = await masterKey();
      const urns = await workplace.shellDone("live", "pulumi -C . stack --stack live --show-urns");
      const urn = /urn:\S+::litellm-master-key-value/.exec(urns)?.[0] ?? "";
      await workplace.shellDone("live", `pulumi -C . state taint --stack live --yes '${urn}'`);
      await workplace.makeDone("live");
      const after = await servers();
      expect(after.get("litellm")).to.not.equal(before.get("litellm"));
      expect(after.get("postgres")).to.equal(before.get("postgres"));
      expect(await masterKey()).to.not.equal(old);
      expect((await complete(old)).status).to.be.within(400, 500);
      expect(await answer()).to.equal("Changed.");
    });
  });

  // Tests beside a "describe" would run before it.
  describe("gets back", () => {
    it("each killed pod, with its data", async () => {
      await psql("create table kept as select 42 as answer");
      for (const { metadata } of await serving()) {
        const { namespace, name } = metadata;
        await kubectl(`-n ${namespace} delete pod ${name}`);
        const workload = name.startsWith("postgres") ? "statefulset/postgres" : "deployment/litellm";
        await kubectl(`-n ${namespace} rollout status ${workload} --timeout=300s`);
      }
      expect(await psql("select answer from kept")).to.equal("42");
      await eventually(async () =>
        (await complete("").catch(() => undefined)) === undefined ? undefined : true,
      );
      expect(await answer()).to.equal("Changed.");
      expect(await workplace.makeDone("drift", "STACK=live")).to.contain("no drift");
    });
  });

  describe("a network policy that somebody removed", () => {
    /** A TCP connection from a pod of a namespace that no policy guards. */
    const connects = async (): Promise<boolean> => {
      const address = await kubectl(`-n ${GATEWAY} get service litellm -o jsonpath={.spec.clusterIP}`);
      const { code } = await workplace.shell(
        "live",
        `kubectl -n outside exec client -- nc -w 3 ${address} 4000 </dev/null`,
      );
      return code === 0;
    };

    before(async () => {
      const image = await kubectl(`-n ${DATA} get pod postgres-0 -o jsonpath={.spec.containers[0].image}`);
      await kubectl("create namespace outside");
      await kubectl("-n outside wait --for=create serviceaccount/default --timeout=30s");
      await kubectl(`-n outside run client --image=${image} --command -- sleep infinity`);
      await kubectl("-n outside wait --for=condition=Ready pod/client --timeout=60s");
    });
    after(() => kubectl("delete namespace outside"));

    it("is drift, lets through what it forbids, and is repaired", async () => {
      expect(await connects()).to.equal(false);
      await kubectl(`-n ${GATEWAY} delete networkpolicy default-deny`);
      await eventually(async () => ((await connects()) ? true : undefined));
      const drift = await workplace.make("drift", "STACK=live");
      expect(drift.stdout).to.match(/^NetworkPolicy llm-gateway\/default-deny +there +deleted$/m);
      await workplace.makeDone("live");
      await eventually(async () => ((await connects()) ? undefined : true));
      expect(await workplace.makeDone("drift", "STACK=live")).to.contain("no drift");
    });
  });

  describe("an update that cannot become ready says what and why, and leaves the old pods serving:", () => {
    const project = join(checkout, "test/fixtures/changed-platform");
    const missing = { name: "LITELLM_MASTER_KEY", valueFrom: { secretKeyRef: { name: "gone", key: "key" } } };
    const cases: Readonly<Record<string, readonly [change: Record<string, unknown>, told: RegExp]>> = {
      "an image that is not there": [
        { image: "ghcr.io/berriai/litellm-non_root:v0.0.0" },
        /(ErrImagePull|ImagePullBackOff)[^]*v0\.0\.0/,
      ],
      "a limit of memory that is too low": [
        { resources: { requests: { memory: "32Mi" }, limits: { memory: "32Mi" } } },
        /OOMKilled/,
      ],
      "a probe that fails": [
        { readinessProbe: { httpGet: { path: "/nowhere", port: "http" }, periodSeconds: 1 } },
        /Readiness probe failed[^]*404/,
      ],
      "a Secret that is not there": [{ env: [missing] }, /secret "gone" not found/],
    };

    afterEach(async () => {
      await workplace.makeDone("live");
      expect(await answer()).to.equal("Changed.");
    });

    for (const [what, [change, told]] of Object.entries(cases)) {
      it(what, async () => {
        const before = (await servers()).get("litellm");
        const { code, stdout, stderr } = await workplace.shell(
          "live",
          `export CHANGE='${JSON.stringify(change)}' PATIENCE_SECONDS=40
           command pulumi -C '${project}' up --stack live --yes --skip-preview --non-interactive \\
             --config-file '${join(paths.stackConfigs, "Pulumi.live.yaml")}'`,
        );
        expect(code, stdout + stderr).to.not.equal(0);
        expect(stdout + stderr)
          .to.match(told)
          .and.to.contain("litellm");
        expect([...(await pods())].map(({ metadata }) => metadata.uid)).to.include(before);
        expect(await answer()).to.equal("Changed.");
      });
    }
  });

  describe("goes down", () => {
    it("and leaves nothing: no process, mount, interface, group or file", async () => {
      expect(workplace.processes()).to.not.deep.equal([]);
      expect(await workplace.makeDone("live-down")).to.contain("destroyed, nothing left behind");
      expect(workplace.processes()).to.deep.equal([]);
      expect(processesOf(workplace.folder)).to.deep.equal([]);
      expect(groupsOf(paths).filter(existsSync)).to.deep.equal([]);
      expect(readdirSync(workplace.state)).to.deep.equal([]);
      expect(hostState()).to.deep.equal(before_);
    });
  });
});
