import { expect } from "chai";
import type { OpenWebUiArgs } from "../../../../components/open-webui/args.ts";
import { openWebUiEndpoints } from "../../../../components/open-webui/endpoints.ts";
import { OpenWebUi } from "../../../../components/open-webui/index.ts";
import {
  find,
  inventory,
  mockPassword,
  record,
  type Recording,
  type RecordOptions,
  shown,
} from "../../../harness.ts";
import { onlyPods } from "../../../kubernetes.ts";
import { refusal } from "../../../refusal.ts";
import { plainTextsIn, reveal } from "../../../secrets.ts";
import { fromConfig, REDIS } from "../litellm/fixtures.ts";
import { ARGS, CLAIM, GATEWAY, LOAD_BALANCER, SEVERAL, variables } from "./fixtures.ts";

const SECRET = "kubernetes:core/v1:Secret";

const recordOpenWebUi = (args: Partial<OpenWebUiArgs> = {}, options: RecordOptions = {}) =>
  record(() => ({ admin: new OpenWebUi("open-webui", { ...ARGS, ...args }).admin }), options);

describe("OpenWebUi", () => {
  let recording: Recording;
  before(async () => {
    recording = await recordOpenWebUi();
  });
  const refOf = (name: string, key: string) => ({
    name: find(recording, SECRET, name).id.split("/")[1],
    key,
  });

  it("creates these resources", () =>
    expect(inventory(recording).filter((line) => !/RandomPassword|Stash/.test(line))).to.deep.equal([
      "kubernetes:apps/v1:StatefulSet open-webui-server-statefulset",
      `${CLAIM} open-webui-data`,
      `${SECRET} open-webui-admin-password-chat`,
      `${SECRET} open-webui-secret-key-chat`,
      "kubernetes:core/v1:Service open-webui-server-service",
      "llm-platform:chat:OpenWebUi open-webui",
      "llm-platform:foundation:Credential open-webui-admin-password",
      "llm-platform:foundation:Credential open-webui-secret-key",
      "llm-platform:foundation:Workload open-webui-server",
    ]));

  const ALONE = {
    BYPASS_EMBEDDING_AND_RETRIEVAL: "True",
    CORS_ALLOW_ORIGIN: "http://localhost:8080",
    DATABASE_URL: "postgresql://open_webui@postgres.data.svc.cluster.local:5432/open_webui",
    DATA_DIR: "/app/backend/data",
    ENABLE_COMMUNITY_SHARING: "False",
    ENABLE_OLLAMA_API: "False",
    ENABLE_PERSISTENT_CONFIG: "False",
    ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS: "False",
    ENABLE_SIGNUP: "False",
    ENABLE_VERSION_UPDATE_CHECK: "False",
    HOME: "/tmp",
    OFFLINE_MODE: "True",
    OPENAI_API_BASE_URL: "http://litellm.gateway.svc.cluster.local:4000/v1",
    PGSSLMODE: "disable",
    PORT: "8080",
    RAG_EMBEDDING_ENGINE: "openai",
    STATIC_DIR: "/tmp/static",
    USE_SLIM_DOCKER: "True",
    WEBUI_ADMIN_EMAIL: "admin@localhost",
    WEBUI_SESSION_COOKIE_SECURE: "False",
    WEBUI_URL: "http://localhost:8080",
    OPENAI_API_KEY: { name: "key-secret", key: "key" },
    PGPASSWORD: { name: "database-secret", key: "password" },
  };
  const own = () => ({
    WEBUI_ADMIN_PASSWORD: refOf("open-webui-admin-password-chat", "password"),
    WEBUI_SECRET_KEY: refOf("open-webui-secret-key-chat", "key"),
  });

  it("gives the server exactly these variables", () =>
    expect(variables(recording)).to.deep.equal({ ...ALONE, ...own() }));

  it("also gives several pods the address of Redis, with the password from the kubelet", async () => {
    const several = await recordOpenWebUi(SEVERAL);
    const { WEBUI_ADMIN_PASSWORD, WEBUI_SECRET_KEY, ...others } = variables(several);
    expect([WEBUI_ADMIN_PASSWORD, WEBUI_SECRET_KEY]).not.to.include(undefined);
    expect(others).to.deep.equal({
      ...ALONE,
      REDIS_KEY_PREFIX: "open_webui",
      REDIS_PASSWORD: { name: "redis-secret", key: "password" },
      REDIS_URL: "redis://open_webui:$(REDIS_PASSWORD)@redis.data.svc.cluster.local:6379/0",
      WEBSOCKET_MANAGER: "redis",
      WEBSOCKET_REDIS_ROOM_CHANNELS: "False",
    });
    const names = (onlyPods(several).container.env ?? []).map(({ name }) => name);
    expect(names.indexOf("REDIS_PASSWORD")).to.be.lessThan(names.indexOf("REDIS_URL"));
    expect((onlyPods(several).owner.manifest.spec as { replicas: number }).replicas).to.equal(2);
  });

  it("uses TLS if Redis requires it", async () =>
    expect(variables(await recordOpenWebUi({ redis: { ...REDIS, tls: true } }))["REDIS_URL"]).to.equal(
      "rediss://litellm:$(REDIS_PASSWORD)@redis.data.svc.cluster.local:6379/0",
    ));

  it("never holds the operator's key: its own is what the gateway hands over", () =>
    expect(variables(recording)["OPENAI_API_KEY"]).to.deep.equal(GATEWAY.secret));

  it("checks database and Redis before it is ready, and writes only to its volume and to /tmp", () => {
    const { owner, container } = onlyPods(recording);
    expect(container.ports).to.deep.equal([{ name: "http", containerPort: 8080, protocol: "TCP" }]);
    const { startupProbe, readinessProbe, livenessProbe } = container;
    expect([startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet)).to.deep.equal([
      { path: "/health", port: "http" },
      { path: "/ready", port: "http" },
      { path: "/health", port: "http" },
    ]);
    expect(container.volumeMounts).to.deep.equal([
      { name: "app-backend-data", mountPath: "/app/backend/data" },
      { name: "tmp", mountPath: "/tmp" },
    ]);
    expect(owner.kind).to.equal("StatefulSet");
    expect(owner.pod["securityContext"]).to.include({ runAsUser: 10001, fsGroup: 10001 });
  });

  it("runs as the owner of a share that squashes all users", async () => {
    const { owner } = onlyPods(await recordOpenWebUi({ squash: { uid: 1024, gid: 100 } }));
    expect(owner.pod["securityContext"]).to.deep.include({ runAsUser: 1024, runAsGroup: 100 });
  });

  it("keeps uploads on a claim of the given size and class, shared where several pods write", async () => {
    const spec = (of: Recording) => (shown(find(of, CLAIM, "open-webui-data")) as { spec: unknown }).spec;
    expect(spec(recording)).to.deep.equal({
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "10Gi" } },
    });
    expect(spec(await recordOpenWebUi(SEVERAL))).to.deep.equal({
      accessModes: ["ReadWriteMany"],
      resources: { requests: { storage: "10Gi" } },
      storageClassName: "nfs",
    });
  });

  it("accepts requests and events only from the address in the browser, and sends cookies only over TLS", async () => {
    const open = await recordOpenWebUi({ publicUrl: "https://chat.example.org", exposure: LOAD_BALANCER });
    expect(variables(open)).to.include({
      CORS_ALLOW_ORIGIN: "https://chat.example.org",
      WEBUI_SESSION_COOKIE_SECURE: "True",
      WEBUI_URL: "https://chat.example.org",
    });
  });

  it("protects uploads and secret key, and keeps them, when it has to: nothing else", async () => {
    const { resources } = await recordOpenWebUi({ retain: true });
    for (const option of ["protect", "retainOnDelete"] as const) {
      expect(resources.filter((resource) => resource[option]).map(({ name }) => name)).to.have.members([
        "open-webui-data",
        "open-webui-secret-key-value",
        "open-webui-secret-key-first",
        "open-webui-secret-key-chat",
      ]);
    }
    expect(
      recording.resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete),
    ).to.deep.equal([]);
  });

  it("never changes what is read once", () =>
    expect(
      recording.resources.filter(({ ignoreChanges }) => ignoreChanges.length > 0).map(({ name }) => name),
    ).to.have.members(["open-webui-secret-key-value", "open-webui-admin-password-value"]));

  it("uses the configured sources of its secrets", async () => {
    const given = await record(() => {
      const secrets = {
        secretKey: fromConfig("given"),
        adminPassword: { kind: "existing" as const, name: "theirs", key: "k" },
      };
      new OpenWebUi("open-webui", { ...ARGS, secrets });
    });
    expect(reveal(find(given, SECRET, "open-webui-secret-key-chat").inputs["stringData"])).to.deep.equal({
      key: "given",
    });
    expect(variables(given)["WEBUI_ADMIN_PASSWORD"]).to.deep.equal({ name: "theirs", key: "k" });
  });

  it("has no secret value outside its Secrets", () => {
    const values = ["secret-key", "admin-password"].map((which) =>
      mockPassword(`open-webui-${which}-value`, 48),
    );
    for (const { inputs } of recording.resources) {
      for (const { text } of plainTextsIn(inputs)) {
        for (const value of values) expect(text).not.to.include(value);
      }
    }
  });

  it("hands operators the address and the first password", () =>
    expect(recording.outputs["admin"]).to.deep.equal({
      host: "open-webui.chat.svc.cluster.local",
      port: 8080,
      url: "http://open-webui.chat.svc.cluster.local:8080",
      secret: refOf("open-webui-admin-password-chat", "password"),
      endpoint: openWebUiEndpoints("chat").server,
    }));

  it("registers nothing if its arguments are invalid", async () => {
    const { errors, registered } = await refusal(() => {
      new OpenWebUi("open-webui", {
        ...ARGS,
        adminEmail: "no-address",
        replicas: 2,
        exposure: LOAD_BALANCER,
        storage: { storageGi: 0 },
      });
    });
    expect(registered).to.deep.equal([]);
    expect(errors).to.deep.equal([
      { propertyPath: "adminEmail", reason: "must be an e-mail address" },
      {
        propertyPath: "publicUrl",
        reason: "is required with an exposure (loadBalancer): events for any other address are rejected",
      },
      {
        propertyPath: "redis",
        reason: "is required with more than one pod: without it each pod would know only its own sessions",
      },
      {
        propertyPath: "storage.shared",
        reason: "is required with more than one pod: without it each pod would find only its own uploads",
      },
      { propertyPath: "storage.storageGi", reason: "must be a whole number, at least 1" },
    ]);
  });
});
