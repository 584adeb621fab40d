// Virtual keys, teams, limits, budgets and spend: LiteLLM's proxy with its database, Redis and a priced model.
import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, manage } from "./litellm-calls.ts";
import { survivesOutages } from "./litellm-outages.ts";
import { registersKeys } from "./litellm-registration.ts";
import { GatewayStack, type LiteLlmServer } from "./litellm-server.ts";
import { eventually } from "./node.ts";
import { COST_USD, USAGE } from "./upstream.ts";

const minutes = (count: number): number => count * 60_000;
/** Instead of every ten minutes: budgets whose period has ended start again. */
const SOON = { PROXY_BUDGET_RESCHEDULER_MIN_TIME: "1", PROXY_BUDGET_RESCHEDULER_MAX_TIME: "2" } as const;
/** More than the proxy spends on one request. */
const PLENTY = { usd: 100, period: "30d" };
const KEYS = {
  alice: "sk-key-of-alice-0001",
  bob: "sk-key-of-bob-000001",
  poor: "sk-key-of-poor-00001",
  mate: "sk-key-of-mate-00001",
  calm: "sk-key-of-calm-00001",
  brief: "sk-key-of-brief-0001",
  daily: "sk-key-of-daily-0001",
  fresh: "sk-key-of-fresh-0001",
} as const;
type Consumer = keyof typeof KEYS;

const REGISTRATIONS = {
  teams: {
    research: { budget: PLENTY },
    // A budget of two requests for all keys of the team.
    small: { budget: { usd: 1.5 * COST_USD, period: "30d" } },
  },
  keys: {
    alice: { team: "research", models: ["echo"], budget: PLENTY },
    bob: { budget: PLENTY },
    poor: { budget: { usd: 1.5 * COST_USD, period: "30d" } },
    mate: { team: "small" },
    calm: { requestsPerMinute: 4 },
    brief: { tokensPerMinute: 2 * USAGE.total_tokens },
    daily: { budget: { usd: 1.5 * COST_USD, period: "20s" } },
    fresh: { budget: { usd: 1.5 * COST_USD, period: "30d" } },
  },
} as const;

describe("virtual keys, with LiteLLM's database", function () {
  this.timeout(minutes(3));
  let stack: GatewayStack | undefined;
  /** Two pods of one gateway. */
  const servers: LiteLlmServer[] = [];
  const gateways = (): GatewayStack => {
    if (stack === undefined) throw new Error("no gateway");
    return stack;
  };
  const server = (index = 0): LiteLlmServer => {
    const found = servers[index];
    if (found === undefined) throw new Error(`no server ${index}`);
    return found;
  };
  const spendOf = (consumer: Consumer): number =>
    Number(
      gateways().sql(`select spend from "LiteLLM_VerificationToken" where metadata->>'name' = '${consumer}'`),
    );
  /** Spend is written some seconds after the response. */
  const spent = (consumer: Consumer, usd: number): Promise<number> =>
    eventually(async () => {
      const spend = spendOf(consumer);
      if (Math.abs(spend - usd) < COST_USD / 100) return spend;
      await sleep(500);
      return undefined;
    });

  before(
    "migrates the database and starts two gateways; the image litellm may have to be built",
    async function () {
      this.timeout(minutes(20));
      stack = await GatewayStack.start();
      await stack.migrate();
      const models = [stack.upstream.model("echo"), stack.upstream.model("large")];
      servers.push(
        ...(await Promise.all([stack.gateway({ models, env: SOON }), stack.gateway({ models, env: SOON })])),
      );
    },
  );
  after(() => stack?.remove());

  registersKeys(gateways, server);

  describe("of consumers", () => {
    before(async () => {
      const { code, text } = await gateways().register(server(), REGISTRATIONS, KEYS);
      expect(code, text).to.equal(0);
    });

    it("reach the models of their limits, and no others", async () => {
      expect((await ask(server(), KEYS.alice)).status).to.equal(200);
      expect((await ask(server(), KEYS.bob, { model: "large" })).status).to.equal(200);
      const { status, text } = await ask(server(), KEYS.alice, { model: "large" });
      expect(status, text).to.equal(403);
      expect(text).to.contain("key_model_access_denied");
    });

    it("get 401 when they are wrong, blocked, deleted or expired", async () => {
      const asked = gateways().upstream.asked;
      expect((await ask(server(), "sk-unknown-key-00001")).status).to.equal(401);
      for (const [key, end] of [
        ["sk-key-to-block-00001", (key: string) => manage(server(), "/key/update", { key, blocked: true })],
        ["sk-key-to-delete-0001", (key: string) => manage(server(), "/key/delete", { keys: [key] })],
        ["sk-key-to-expire-0001", (key: string) => manage(server(), "/key/update", { key, duration: "1s" })],
      ] as const) {
        expect(await manage(server(), "/key/generate", { key, models: ["echo"] })).to.equal(200);
        expect(await end(key)).to.equal(200);
        await eventually(async () => {
          const { status } = await ask(server(), key);
          return status === 401 ? true : undefined;
        });
      }
      expect(gateways().upstream.asked - asked).to.be.lessThan(10);
    });

    it("get 429 at the limit of requests, which the pods share", async () => {
      const statuses: number[] = [];
      for (let index = 0; index < 6; index += 1)
        statuses.push((await ask(server(index % 2), KEYS.calm)).status);
      expect(statuses).to.deep.equal([200, 200, 200, 200, 429, 429]);
    });

    it("get 429 at the limit of tokens, which the pods share", async () => {
      const refused = await eventually(async () => {
        const answer = await ask(server(0), KEYS.brief);
        return answer.status === 200 ? undefined : answer;
      });
      expect(refused.status, refused.text + server().output()).to.equal(429);
      expect((await ask(server(1), KEYS.brief)).status).to.equal(429);
    });

    it("pay for whole and streamed answers, and not for answers of the cache or errors", async () => {
      // The request of the first test.
      const before = await spent("bob", COST_USD);
      await ask(server(), KEYS.bob);
      await ask(server(), KEYS.bob, { stream: true });
      const question = crypto.randomUUID();
      await ask(server(), KEYS.bob, {}, question);
      const asked = gateways().upstream.asked;
      await eventually(async () => {
        await ask(server(), KEYS.bob, {}, question);
        // One of these may still reach the model, if the answer was not in the cache yet.
        return gateways().upstream.asked === asked ? true : undefined;
      });
      const fromModel = 3 + (gateways().upstream.asked - asked);
      expect((await ask(server(), KEYS.bob, {}, "fail")).status).to.equal(400);
      await spent("bob", before + fromModel * COST_USD);
    });

    for (const [what, consumer] of [
      ["their own budget", "poor"],
      ["the budget of their team", "mate"],
    ] as const) {
      it(`get 422 and the reason when ${what} is spent, on each pod, until its period ends`, async () => {
        const key = KEYS[consumer];
        let answered = 0;
        const refused = await eventually(async () => {
          const answer = await ask(server(0), key);
          if (answer.status !== 200) return answer;
          answered += 1;
          return undefined;
        });
        expect(refused.status, refused.text).to.equal(422);
        expect(answered).to.be.within(2, 5);
        expect(refused.text)
          .to.contain("budget_exceeded")
          .and.to.match(/Budget has been exceeded/);
        expect((await ask(server(1), key)).status).to.equal(422);
      });
    }

    it("get 422 for a request without a bound on its answer, where the longest one would exceed the budget", async () => {
      const { status, text } = await ask(server(), KEYS.fresh, { max_tokens: undefined });
      expect(status, text).to.equal(422);
      expect(text).to.contain("Estimated request cost: 0.016");
      expect(spendOf("fresh")).to.equal(0);
      expect((await ask(server(), KEYS.fresh)).status).to.equal(200);
    });

    it("start again when the period of their budget has ended", async () => {
      const untilStatus = (wanted: number): Promise<true> =>
        eventually(async () => ((await ask(server(), KEYS.daily)).status === wanted ? true : undefined));
      await untilStatus(422);
      await untilStatus(200);
    });
  });

  survivesOutages(gateways, () => gateways().gateway({ models: [gateways().upstream.model("echo")] }), {
    plenty: KEYS.bob,
    spent: KEYS.poor,
  });
});
