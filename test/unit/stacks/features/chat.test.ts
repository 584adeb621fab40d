import { expect } from "chai";
import { describeEdge } from "../../../../components/core/network/index.ts";
import {
  buildChat,
  type ChatConfigPart,
  chatEdges,
  chatProblems,
  chatSchema,
} from "../../../../stacks/features/chat.ts";
import { find, record, shown } from "../../../harness.ts";
import { DATABASE, REDIS } from "../../components/litellm/fixtures.ts";
import { ARGS, CLAIM, GATEWAY, LOAD_BALANCER, variables } from "../../components/open-webui/fixtures.ts";

describe("the feature chat", () => {
  const chat = chatSchema.parse({});
  const all = { postgres: true, gateway: true, redis: true };
  const problems = (section: unknown, features: Partial<ChatConfigPart["features"]> = {}) =>
    chatProblems({ features: { ...all, ...features }, chat: chatSchema.parse(section) });

  it("has these defaults, in which nothing is wrong", () => {
    expect(chat).to.deep.equal({
      adminEmail: "admin@localhost",
      storageGi: 10,
      sharedStorage: false,
      replicas: 1,
      exposure: { kind: "none", sourceRanges: [], openToAll: false },
    });
    expect(problems({}, { redis: false })).to.deep.equal([]);
  });

  for (const section of [{ adminEmail: "admin" }, { storageGi: 0 }, { publicUrl: "x" }, { replica: 2 }]) {
    it(`refuses ${JSON.stringify(section)}`, () =>
      expect(chatSchema.safeParse(section).success).to.equal(false));
  }

  const set = (path: string, value: string) => `pulumi config set --path 'llm-platform:${path}' ${value}`;

  it("needs PostgreSQL and the gateway", () =>
    expect(problems({}, { postgres: false, gateway: false })).to.deep.equal([
      {
        path: ["features", "postgres"],
        value: false,
        reason: "Open WebUI keeps its users and chats in PostgreSQL (features.chat is on)",
        fix: `${set("features.postgres", "true")}  (or: ${set("features.chat", "false")})`,
      },
      {
        path: ["features", "gateway"],
        value: false,
        reason: "Open WebUI gets its models from the gateway (features.chat is on)",
        fix: `${set("features.gateway", "true")}  (or: ${set("features.chat", "false")})`,
      },
    ]));

  it("needs Redis and a shared volume for several pods", () => {
    expect(problems({ replicas: 2 }, { redis: false })).to.deep.equal([
      {
        path: ["chat", "replicas"],
        value: 2,
        reason: "several pods share their sessions and events in Redis",
        fix: `${set("features.redis", "true")}  (or: ${set("chat.replicas", "1")})`,
      },
      {
        path: ["chat", "sharedStorage"],
        value: false,
        reason: "2 pods need a volume that all of them can write to",
        fix: `${set("chat.sharedStorage", "true")}  (or: ${set("chat.replicas", "1")})`,
      },
    ]);
    expect(problems({ replicas: 2, sharedStorage: true })).to.deep.equal([]);
  });

  it("needs the address where the exposure says none", () =>
    expect(
      problems({ exposure: { kind: "loadBalancer", openToAll: true } }).map(({ path }) => path),
    ).to.deep.equal([["chat", "publicUrl"]]));

  it("builds Open WebUI as it is told", async () => {
    const section = { storageGi: 3, storageClass: "fast", adminEmail: "a@b.c", publicUrl: "https://c.org" };
    const built = await record(() => {
      const { namespace, image, gateway, database } = ARGS;
      buildChat(
        chatSchema.parse(section),
        { namespace, image, gateway, database, exposure: { kind: "none" }, retain: false },
        {},
      );
    });
    expect(variables(built)).to.include({ WEBUI_ADMIN_EMAIL: "a@b.c", WEBUI_URL: "https://c.org" });
    expect(shown(find(built, CLAIM, "open-webui-data"))).to.deep.include({
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "3Gi" } },
        storageClassName: "fast",
      },
    });
  });

  it("has these edges", () => {
    const edges = chatEdges("chat", {
      gateway: GATEWAY.endpoint,
      database: DATABASE.endpoint,
      redis: REDIS.endpoint,
      exposure: LOAD_BALANCER,
    });
    expect(edges.map(describeEdge)).to.deep.equal([
      "chat/open-webui-server -> gateway/litellm-server:http",
      "chat/open-webui-server -> data/postgres-server:postgres",
      "chat/open-webui-server -> data/redis-server:redis",
      "outside 0.0.0.0/0,::/0 -> chat/open-webui-server:http",
    ]);
  });
});
