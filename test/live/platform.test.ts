// The dev stack with pods that really run, through `make live` as a person uses it.
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { checkout } from "../../sandbox/paths.ts";
import { Workplace } from "../make.ts";
import { groupsOf, hostState, processesOf } from "./host.ts";
import { eventually, hardened, hardenedPod } from "./node.ts";

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
  this.timeout("15m");
  const before_ = hostState();
  const workplace = new Workplace("live");
  const paths = workplace.sandbox("live");
  let urls: Readonly<Record<string, string>> = {};

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
  /** The value of a Secret whose name begins so. */
  const secret = async (namespace: string, prefix: string, key: string): Promise<string> => {
    const names = (await kubectl(`-n ${namespace} get secrets -o name`)).split("\n");
    const name = names.find((each) => each.startsWith(`secret/${prefix}-${namespace}`)) ?? `no ${prefix}`;
    const value = await kubectl(`-n ${namespace} get ${name} -o jsonpath={.data.${key}}`);
    return Buffer.from(value, "base64").toString();
  };
  const complete = (key: string, text = "hi"): Promise<Response> =>
    fetch(`${urls["litellm"]}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", connection: "close" },
      body: JSON.stringify({ model: "mock", messages: [{ role: "user", content: text }] }),
      signal: AbortSignal.timeout(10_000),
    });
  const answer = async (): Promise<string> => {
    // A new question: the answer to an old one comes from the cache.
    const response = await complete(await masterKey(), randomUUID());
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
      for (const server of ["postgres", "redis", "nats", "etcd"])
        expect(output).to.match(new RegExp(`^${server} +llm-data +\\S+:\\d+ +ready$`, "m"));
      const row = /^(litellm|phoenix|open-webui) .* ready +(http:\/\/127\.0\.0\.1:\d+)$/gm;
      urls = Object.fromEntries([...output.matchAll(row)].map(([, name = "", url = ""]) => [name, url]));
      expect(Object.keys(urls), output).to.have.length(3);
      expect((await fetch(`${urls["litellm"]}/health/readiness`)).status).to.equal(200);
    });

    it("with every pod ready by its own probes, none restarted, each from an image that was pulled by digest", async () => {
      const all = await pods();
      expect((await servers()).size).to.equal(7);
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

    it("the same answer from Redis to the same question", async () => {
      const key = await masterKey();
      const ids: string[] = [];
      const hits: (string | null)[] = [];
      for (const question of ["once", "once", "another"]) {
        const response = await complete(key, question);
        ids.push(((await response.json()) as { id: string }).id);
        hits.push(response.headers.get("x-litellm-cache-key"));
      }
      expect(ids[1]).to.equal(ids[0]);
      expect(ids[2]).to.not.equal(ids[0]);
      expect([hits[0], hits[2]]).to.deep.equal([null, null]);
      expect(hits[1]).to.match(/^litellm:/);
    });

    it("the trace of that, to whoever has the system key", async () => {
      const systemKey = await secret(GATEWAY, "phoenix-system-key", "key");
      const spans = (key: string): Promise<Response> =>
        fetch(`${urls["phoenix"]}/v1/projects/gateway/spans?limit=50`, {
          headers: { authorization: `Bearer ${key}`, connection: "close" },
        });
      expect((await spans("wrong")).status).to.equal(401);
      await eventually(async () => {
        const response = await spans(systemKey);
        if (response.status !== 200) return undefined;
        return (await response.text()).includes("litellm_proxy_request") ? true : undefined;
      });
    });

    it("a chat to who signs in, with the gateway's models", async () => {
      const password = await secret("llm-chat", "open-webui-admin-password", "password");
      const ask = (path: string, token?: string, body?: unknown): Promise<Response> =>
        fetch(`${urls["open-webui"]}${path}`, {
          method: body === undefined ? "GET" : "POST",
          headers: {
            "content-type": "application/json",
            connection: "close",
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      expect((await ask("/api/models")).status).to.equal(401);
      const signIn = { email: "admin@localhost", password };
      const refused = await ask("/api/v1/auths/signin", undefined, { ...signIn, password: "wrong" });
      expect(refused.status).to.equal(400);
      const { token } = (await (await ask("/api/v1/auths/signin", undefined, signIn)).json()) as {
        token: string;
      };
      const messages = [{ role: "user", content: "from the chat" }];
      const done = await ask("/api/chat/completions", token, { model: "mock", messages, stream: false });
      expect(await done.text()).to.contain("no model was asked");
    });

    it("each role its own database, and no other", async () => {
      const asRole = async (role: string, password: string, database: string): Promise<string> => {
        const client = `read -r PGPASSWORD; export PGPASSWORD; psql -h 127.0.0.1 -U ${role} -d ${database} -Atc "select current_user"`;
        const { code, stdout, stderr } = await workplace.shell(
          "live",
          `printf '%s\\n' "$PASSWORD" | kubectl -n ${DATA} exec -i postgres-0 -- sh -c '${client}'`,
          { PASSWORD: password },
        );
        return code === 0 ? stdout.trim() : stderr;
      };
      const roles = { phoenix: "postgres-phoenix", open_webui: "postgres-open-webui" } as const;
      for (const [role, prefix] of Object.entries(roles)) {
        const password = await secret(DATA, prefix, "password");
        expect(await asRole(role, password, role)).to.equal(role);
        for (const other of [...Object.keys(roles), "postgres"].filter((database) => database !== role))
          expect(await asRole(role, password, other)).to.contain("permission denied for database");
        expect(await asRole(role, "wrong", role)).to.contain("password authentication failed");
      }
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

  describe("lets a user", () => {
    const fixtures = join(checkout, "test/fixtures/lab-user");
    /** A script of the fixtures in the user's pod; what is secret goes in on standard input. */
    const inPod = async (
      script: string,
      secretInput: string,
      ...args: readonly string[]
    ): Promise<string> => {
      const code = readFileSync(join(fixtures, script), "utf8");
      const quoted = args.map((each) => `'${each}'`).join(" ");
      const done = await workplace.shell(
        "live",
        `printf '%s' "$SECRET" | kubectl -n ${DATA} exec -i lab -- python3 -c "$CODE" ${quoted}`,
        { CODE: code, SECRET: secretInput },
      );
      expect(done.code, done.stderr).to.equal(0);
      return done.stdout.trim();
    };

    before(async () => {
      const image = await kubectl(
        `-n ${DATA} get job -l app.kubernetes.io/name=etcd -o jsonpath={.items[0].spec.template.spec.containers[0].image}`,
      );
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace: DATA, name: "lab", labels: { "app.kubernetes.io/name": "lab" } },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 1,
          securityContext: hardenedPod,
          containers: [{ name: "lab", image, command: ["sleep", "infinity"], securityContext: hardened }],
        },
      };
      await workplace.shellDone("live", `printf '%s' "$POD" | kubectl create -f -`, {
        POD: JSON.stringify(pod),
      });
      await kubectl(`-n ${DATA} wait --for=condition=Ready pod/lab --timeout=60s`);
    });
    after(() => kubectl(`-n ${DATA} delete pod lab`));

    it("of NATS have its subjects, and nobody else's; a stream outlives its server's pod", async () => {
      const natsUrl = await secret(DATA, "nats-user-lab-1", "url");
      expect(await inPod("nats.py", natsUrl, "lab.orders", "1")).to.equal("taken");
      expect(await inPod("nats.py", natsUrl, "others.orders", "1")).to.contain("Permissions Violation");
      const wrong = natsUrl.replace(/:[^:@]+@/, ":wrong@");
      expect(await inPod("nats.py", wrong, "lab.orders", "1")).to.contain("Authorization Violation");
      const stream = JSON.stringify({ name: "lab", subjects: ["lab.kept"], storage: "file" });
      expect(await inPod("nats.py", natsUrl, "$JS.API.STREAM.CREATE.lab", stream)).to.contain('"name":"lab"');
      await kubectl(`-n ${DATA} delete pod nats-0`);
      await kubectl(`-n ${DATA} rollout status statefulset/nats --timeout=300s`);
      expect(await inPod("nats.py", natsUrl, "$JS.API.STREAM.INFO.lab", "")).to.contain(
        '"subjects":["lab.kept"]',
      );
    });

    it("of etcd have the keys below its prefix, and no others; they outlive their server's pod", async () => {
      const password = await secret(DATA, "etcd-lab", "password");
      const etcd = (key: string, ...value: readonly string[]): Promise<string> =>
        inPod("etcd.py", password, `etcd.${DATA}.svc.cluster.local:2379`, "lab", key, ...value);
      expect(await etcd("/lab/one", "1")).to.equal("1");
      expect(await etcd("/other/one", "1")).to.contain("permission denied");
      expect(
        await inPod("etcd.py", "wrong", `etcd.${DATA}.svc.cluster.local:2379`, "lab", "/lab/one"),
      ).to.contain("invalid user ID or password");
      await kubectl(`-n ${DATA} delete pod etcd-0`);
      await kubectl(`-n ${DATA} rollout status statefulset/etcd --timeout=300s`);
      expect(await etcd("/lab/one")).to.equal("1");
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
        const workload = /-\d$/.test(name) ? `statefulset/${name.slice(0, -2)}` : "deployment/litellm";
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
      await kubectl(`-n ${GATEWAY} delete networkpolicy default-deny litellm-server`);
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
          `export CHANGE='${JSON.stringify(change)}' PATIENCE_SECONDS=${what.includes("probe") ? 150 : 40}
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
