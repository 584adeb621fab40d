// The dev stack with pods that really run, through `make live` as a person uses it.
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { expect } from "chai";
import { edgesOf } from "../../stacks/plan.ts";
import { isDeep, sampleOf } from "../depth.ts";
import { platformConfig } from "../program.ts";
import { groupsOf, hostState, processesOf } from "./host.ts";
import { DATA, GATEWAY, LiveStack } from "./live-stack.ts";
import { connectAsEdgesSay } from "./isolation.ts";
import { eventually } from "./node.ts";
import { guardsPhoenix, servesOpenWebui } from "./platform-applications.ts";
import { saysWhyUpdatesFail } from "./platform-failed-updates.ts";
import { showsPages } from "./platform-pages.ts";
import { givesTenantsKeys } from "./platform-tenant.ts";
import { queuesJobs } from "./platform-queues.ts";
import { lacksOtherImages } from "./platform-registry.ts";
import { letsUsers } from "./platform-users.ts";

describe("the dev stack on the live node", function () {
  this.timeout("15m");
  const before_ = hostState();
  const stack = new LiveStack();
  const paths = stack.workplace.sandbox("live");

  after(async () => {
    // Nothing to do when every test has passed.
    await stack.workplace.make("live-down");
    stack.workplace.remove();
  });

  describe("is deployed from nothing", () => {
    it("and ends with URLs that answer", async () => {
      const output = await stack.workplace.makeDone("live");
      for (const server of ["postgres", "redis", "nats", "etcd"])
        expect(output).to.match(new RegExp(`^${server} +llm-data +\\S+:\\d+ +ready$`, "m"));
      const row = /^(litellm|phoenix|open-webui) .* ready +(http:\/\/127\.0\.0\.1:\d+)$/gm;
      stack.urls = Object.fromEntries(
        [...output.matchAll(row)].map(([, name = "", url = ""]) => [name, url]),
      );
      expect(Object.keys(stack.urls), output).to.have.length(3);
      expect(output).to.match(/^to sign in: make credentials STACK=live$/m);
      expect((await fetch(`${stack.urls["litellm"]}/health/readiness`)).status).to.equal(200);
    });

    it("with every pod ready by its own probes, none restarted, and each image pulled by digest", async () => {
      const all = await stack.pods();
      expect((await stack.servers()).size).to.equal(8);
      for (const { metadata, status } of all) {
        const [container] = status.containerStatuses;
        expect(container?.restartCount, metadata.name).to.equal(0);
        expect(container?.imageID, metadata.name).to.match(/@sha256:[0-9a-f]{64}$/);
        expect(container?.ready, metadata.name).to.equal(status.phase === "Running");
      }
    });

    it("and a second run changes nothing", async () => {
      expect(await stack.workplace.makeDone("live")).to.match(/^Resources:\n +\d+ unchanged$/m);
      expect(await stack.workplace.makeDone("drift", "STACK=live")).to.contain("no drift");
    });
  });

  describe("serves", () => {
    it("a chat completion through the gateway's Service, and none without the right key", async () => {
      expect(await stack.answer()).to.contain("no model was asked");
      for (const key of ["", "sk-wrong"]) expect((await stack.complete(key)).status).to.be.within(400, 500);
    });

    it("the same answer from Redis to the same question", async () => {
      const key = await stack.masterKey();
      const ids: string[] = [];
      const hits: (string | null)[] = [];
      for (const question of ["once", "once", "another"]) {
        const response = await stack.complete(key, question);
        ids.push(((await response.json()) as { id: string }).id);
        hits.push(response.headers.get("x-litellm-cache-key"));
      }
      expect(ids[1]).to.equal(ids[0]);
      expect(ids[2]).to.not.equal(ids[0]);
      expect([hits[0], hits[2]]).to.deep.equal([null, null]);
      expect(hits[1]).to.match(/^litellm_cache:/);
    });

    it("its own answer to a question that another caller forged around, and no other route", async () => {
      const key = await stack.masterKey();
      const question = randomUUID();
      const forgeries: readonly (readonly [number, object])[] = [
        [200, { extra_body: { messages: [{ role: "user", content: "forged" }] } }],
        [200, { guided_choice: ["forged"] }],
        [200, { metadata: { redis_namespace: "litellm" } }],
        [400, { cache_key: "litellm:cronjob_lock:update_spend" }],
        [400, { cache: { "use-cache": true, namespace: "litellm" } }],
        [400, { litellm_params: { preset_cache_key: "litellm:forged" } }],
        [400, { caching: true }],
        [400, { ttl: 9_999_999 }],
        [400, { "no-log": true }],
      ];
      const forged: string[] = [];
      for (const [status, fields] of forgeries) {
        const response = await stack.complete(key, question, fields);
        expect(response.status, JSON.stringify(fields)).to.equal(status);
        if (response.ok) forged.push(((await response.json()) as { id: string }).id);
      }
      const honest = await stack.complete(key, question);
      expect(honest.headers.get("x-litellm-cache-key")).to.equal(null);
      expect(forged)
        .to.have.length(3)
        .and.not.include(((await honest.json()) as { id: string }).id);
      for (const path of [
        "/openrouter/v1/models",
        "/anthropic/v1/messages",
        "/v1/files",
        "/ui/",
        "/",
        "/docs",
      ])
        expect((await fetch(`${stack.urls["litellm"]}${path}`)).status, path).to.equal(404);
    });

    it("the trace of that, to a client with the system key", async () => {
      const systemKey = await stack.secret(GATEWAY, "phoenix-system-key", "key");
      const spans = (key: string): Promise<Response> =>
        fetch(`${stack.urls["phoenix"]}/v1/projects/gateway/spans?limit=50`, {
          headers: { authorization: `Bearer ${key}`, connection: "close" },
        });
      expect((await spans("wrong")).status).to.equal(401);
      await eventually(async () => {
        const response = await spans(systemKey);
        if (response.status !== 200) return undefined;
        return (await response.text()).includes("litellm_proxy_request") ? true : undefined;
      });
    });

    lacksOtherImages(stack);

    it("only the declared connections between its pods", async () => {
      const { tried, open } = await connectAsEdgesSay(
        (command) => stack.kubectl(command),
        edgesOf(platformConfig("dev", { "network.probe": true })),
      );
      // A comparison where nothing connects, or nothing is refused, compares nothing.
      expect(open).to.be.greaterThan(5);
      expect(tried).to.be.greaterThan(90);
    });

    it("each role only its own database", async () => {
      const asRole = async (role: string, password: string, database: string): Promise<string> => {
        const client = `read -r PGPASSWORD; export PGPASSWORD; psql -h 127.0.0.1 -U ${role} -d ${database} -Atc "select current_user"`;
        const { code, stdout, stderr } = await stack.workplace.shell(
          "live",
          `printf '%s\\n' "$PASSWORD" | kubectl -n ${DATA} exec -i postgres-0 -- sh -c '${client}'`,
          { PASSWORD: password },
        );
        return code === 0 ? stdout.trim() : stderr;
      };
      const roles = {
        litellm: "postgres-litellm",
        phoenix: "postgres-phoenix",
        open_webui: "postgres-open-webui",
      } as const;
      for (const [role, prefix] of Object.entries(roles)) {
        const password = await stack.secret(DATA, prefix, "password");
        expect(await asRole(role, password, role)).to.equal(role);
        for (const other of [...Object.keys(roles), "postgres"].filter((database) => database !== role))
          expect(await asRole(role, password, other)).to.contain("permission denied for database");
        expect(await asRole(role, "wrong", role)).to.contain("password authentication failed");
      }
    });

    it("a database that rejects clients without a password", async () => {
      const refused = await stack.workplace.shell(
        "live",
        `kubectl -n ${DATA} exec postgres-0 -- psql -h 127.0.0.1 -U postgres --no-password -c 'select 1'`,
      );
      expect(refused.code).to.not.equal(0);
      expect(refused.stderr).to.contain("no password supplied");
      expect(await stack.psql("select 42")).to.equal("42");
    });
  });

  guardsPhoenix(stack);
  servesOpenWebui(stack);
  // Last of the three: a person changes Phoenix's first password.
  showsPages(stack);
  letsUsers(stack);
  givesTenantsKeys(stack);
  queuesJobs(stack);

  describe("rolls exactly the pods that use", () => {
    it("a ConfigMap that changed", async () => {
      const before = await stack.servers();
      await stack.workplace.shellDone(
        "live",
        "pulumi config set --stack live --path 'llm-platform:gateway.models[0].response' Changed.",
      );
      await stack.workplace.makeDone("live");
      const after = await stack.servers();
      expect(after.get("litellm")).to.not.equal(before.get("litellm"));
      expect(after.get("postgres")).to.equal(before.get("postgres"));
      expect(await stack.answer()).to.equal("Changed.");
    });

    it("a Secret that changed: the old key is refused", async () => {
      const before = await stack.servers();
      const old = await stack.masterKey();
      const urns = await stack.workplace.shellDone("live", "pulumi -C . stack --stack live --show-urns");
      const urn = /urn:\S+::litellm-master-key-value/.exec(urns)?.[0] ?? "";
      await stack.workplace.shellDone("live", `pulumi -C . state taint --stack live --yes '${urn}'`);
      await stack.workplace.makeDone("live");
      const after = await stack.servers();
      expect(after.get("litellm")).to.not.equal(before.get("litellm"));
      expect(after.get("postgres")).to.equal(before.get("postgres"));
      expect(await stack.masterKey()).to.not.equal(old);
      expect((await stack.complete(old)).status).to.be.within(400, 500);
      expect(await stack.answer()).to.equal("Changed.");
    });
  });

  // Tests beside a "describe" would run before it.
  describe("gets back", () => {
    it("each killed pod, with its data", async () => {
      await stack.psql("create table kept as select 42 as answer");
      const names = (await stack.serving()).map(({ metadata: { namespace, name } }) => ({ namespace, name }));
      const hasData = ({ name }: { name: string }): boolean => name === "postgres-0";
      const others = names.filter((pod) => !hasData(pod));
      const killed = [
        ...names.filter(hasData),
        ...sampleOf("other killed pods", others, 1, ({ name }) => name),
      ];
      expect(killed).to.have.length.greaterThan(1);
      for (const { namespace, name } of killed) {
        await stack.kubectl(`-n ${namespace} delete pod ${name}`);
        const workload = /-\d$/.test(name)
          ? `statefulset/${name.slice(0, -2)}`
          : `deployment/${name.split("-").slice(0, -2).join("-")}`;
        await stack.kubectl(`-n ${namespace} rollout status ${workload} --timeout=300s`);
      }
      expect(await stack.psql("select answer from kept")).to.equal("42");
      // A pod is ready a moment before its Service leads to it.
      await eventually(async () =>
        (await stack.complete("").catch(() => undefined)) === undefined ? undefined : true,
      );
      expect(await stack.answer()).to.equal("Changed.");
      expect(await stack.workplace.makeDone("drift", "STACK=live")).to.contain("no drift");
    });
  });

  describe("a network policy that was removed", () => {
    /** A TCP connection from a pod of a namespace that no policy guards. */
    const connects = async (): Promise<boolean> => {
      const address = await stack.kubectl(`-n ${GATEWAY} get service litellm -o jsonpath={.spec.clusterIP}`);
      const { code } = await stack.workplace.shell(
        "live",
        `kubectl -n outside exec client -- nc -w 3 ${address} 4000 </dev/null`,
      );
      return code === 0;
    };

    before(async () => {
      const image = await stack.kubectl(
        `-n ${DATA} get pod postgres-0 -o jsonpath={.spec.containers[0].image}`,
      );
      await stack.kubectl("create namespace outside");
      await stack.kubectl("-n outside wait --for=create serviceaccount/default --timeout=30s");
      await stack.kubectl(`-n outside run client --image=${image} --command -- sleep infinity`);
      await stack.kubectl("-n outside wait --for=condition=Ready pod/client --timeout=60s");
    });
    after(() => stack.kubectl("delete namespace outside"));

    it("is drift, allows forbidden connections, and is repaired", async () => {
      expect(await connects()).to.equal(false);
      await stack.kubectl(`-n ${GATEWAY} delete networkpolicy default-deny litellm-server`);
      await eventually(async () => ((await connects()) ? true : undefined));
      const drift = await stack.workplace.make("drift", "STACK=live");
      expect(drift.stdout).to.match(/^NetworkPolicy llm-gateway\/default-deny +there +deleted$/m);
      await stack.workplace.makeDone("live");
      await eventually(async () => ((await connects()) ? undefined : true));
      expect(await stack.workplace.makeDone("drift", "STACK=live")).to.contain("no drift");
    });
  });

  if (isDeep) saysWhyUpdatesFail(stack);

  describe("goes down", () => {
    it("and leaves no process, mount, interface, group or file", async () => {
      expect(stack.workplace.processes()).to.not.deep.equal([]);
      expect(await stack.workplace.makeDone("live-down")).to.contain("destroyed, nothing left behind");
      expect(stack.workplace.processes()).to.deep.equal([]);
      expect(processesOf(stack.workplace.folder)).to.deep.equal([]);
      expect(groupsOf(paths).filter(existsSync)).to.deep.equal([]);
      expect(readdirSync(stack.workplace.state)).to.deep.equal([]);
      expect(hostState()).to.deep.equal(before_);
    });
  });
});
