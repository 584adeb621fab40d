import { expect } from "chai";
import { FEATURES } from "../../../../stacks/features/index.ts";
import { isOn } from "../../../../stacks/plan.ts";
import { requiredProblems } from "../../../../stacks/rules/required.ts";
import { platformConfig } from "../../../program.ts";

describe("requiredProblems", () => {
  const config = platformConfig("dev");
  const problems = (
    features: Partial<typeof config.features>,
    gateway: Partial<typeof config.gateway> = {},
  ) => {
    const changed = {
      ...config,
      features: { ...config.features, ...features },
      gateway: { ...config.gateway, ...gateway },
    };
    return FEATURES.flatMap((feature) => requiredProblems(changed, feature));
  };
  const set = (path: string, value: boolean) =>
    `pulumi config set --path 'llm-platform:${path}' ${String(value)}`;
  const off = (feature: string, reason: string, offKey: string) => ({
    path: ["features", feature],
    value: false,
    reason: `${reason} (${offKey} is on)`,
    fix: `${set(`features.${feature}`, true)}  (or: ${set(offKey, false)})`,
  });

  it("are none where every provider is on, or no user", () => {
    expect(problems({})).to.deep.equal([]);
    expect(problems({ postgres: false, tracing: false, chat: false }, { database: false })).to.deep.equal([]);
  });

  it("name each user of PostgreSQL", () =>
    expect(problems({ postgres: false })).to.deep.equal([
      off("postgres", "Phoenix stores its traces in PostgreSQL", "features.tracing"),
      off("postgres", "the gateway stores its keys and budgets in PostgreSQL", "gateway.database"),
      off("postgres", "Open WebUI stores its users and chats in PostgreSQL", "features.chat"),
    ]));

  it("name the gateway that the chat needs", () =>
    expect(problems({ gateway: false })).to.deep.equal([
      off("gateway", "Open WebUI gets its models from the gateway", "features.chat"),
    ]));

  it("leave out what works without a provider", () =>
    expect(problems({ redis: false, tracing: false })).to.deep.equal([]));

  it("say nothing about a feature that is off", () => {
    const chat = FEATURES.find(({ name }) => name === "chat");
    if (chat === undefined) throw new Error("there is no feature chat");
    const without = { ...config, features: { ...config.features, chat: false, postgres: false } };
    expect(isOn(chat, without)).to.equal(false);
    expect(requiredProblems(without, chat)).to.deep.equal([]);
  });
});
