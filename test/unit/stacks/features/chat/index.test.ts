import { expect } from "chai";
import { buildChat } from "../../../../../stacks/features/chat/build.ts";
import { chat as chatFeature } from "../../../../../stacks/features/chat/index.ts";
import { type ChatConfigPart, chatProblems } from "../../../../../stacks/features/chat/rules.ts";
import { chatSchema } from "../../../../../stacks/features/chat/schema.ts";
import { find, record, shown } from "../../../../harness.ts";
import { platformConfig } from "../../../../program.ts";
import { ARGS, CLAIM, variables } from "../../../components/open-webui/fixtures.ts";

describe("the feature chat", () => {
  const chat = chatSchema.parse({});
  const all = { redis: true };
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

  it("needs Redis and a shared volume for several pods", () => {
    expect(problems({ replicas: 2 }, { redis: false })).to.deep.equal([
      {
        path: ["chat", "replicas"],
        value: 2,
        reason: "several pods share sessions and events through Redis",
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

  it("needs the address if the exposure has none", () =>
    expect(
      problems({ exposure: { kind: "loadBalancer", openToAll: true } }).map(({ path }) => path),
    ).to.deep.equal([["chat", "publicUrl"]]));

  it("builds Open WebUI from the configuration", async () => {
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

  it("waits for what it cannot start without, and for nothing else", () => {
    const { uses = [] } = chatFeature.plan(platformConfig("dev"));
    expect(uses.map(({ of, needs }) => [of, needs])).to.deep.equal([
      ["gateway", "to-work"],
      ["database", "to-start"],
      ["redis", "to-start"],
    ]);
  });
});
