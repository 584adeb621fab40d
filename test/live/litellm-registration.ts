// register-keys.py against the real proxy and its database.
import { createHash } from "node:crypto";
import { expect } from "chai";
import routes from "../../components/litellm/routes.json" with { type: "json" };
import { FaultProxy } from "./fault-proxy.ts";
import { type GatewayStack, type LiteLlmServer, MASTER_KEY } from "./litellm-server.ts";

const digest = (key: string): string => createHash("sha256").update(key).digest("hex");

const COLUMNS = [
  "key_alias",
  "team_id",
  "models",
  "max_budget",
  "budget_duration",
  "budget_reset_at",
  "rpm_limit",
  "tpm_limit",
  "allowed_routes",
  "metadata",
  "spend",
  "expires",
] as const;

interface Row {
  readonly key_alias: string | null;
  readonly models: readonly string[];
  readonly budget_reset_at: string | null;
  readonly tpm_limit: number | null;
  readonly team_id: string | null;
  readonly max_budget: number | null;
  readonly budget_duration: string | null;
  readonly rpm_limit: number | null;
  readonly allowed_routes: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spend: number;
  readonly expires: string | null;
}

/** Each test has its own consumers: the registration deletes those of the tests before, because they are removed users. */
export function registersKeys(stack: () => GatewayStack, server: () => LiteLlmServer): void {
  describe("register-keys.py", () => {
    const register: GatewayStack["register"] = (...args) => stack().register(...args);
    const rows = (where = "true"): Record<string, Row> =>
      JSON.parse(
        stack().sql(
          `select coalesce(json_object_agg(token, to_json(k)), '{}') from "LiteLLM_VerificationToken" k where ${where}`,
        ),
      ) as Record<string, Row>;
    const row = (key: string): Row | undefined => rows()[digest(key)];
    const change = (key: string, columns: string): void => {
      stack().sql(`update "LiteLLM_VerificationToken" set ${columns} where token = '${digest(key)}'`);
    };
    const budget = (usd: number) => ({ budget: { usd, period: "30d" } });
    const FIRST = "sk-first-key-of-the-user";
    const SECOND = "sk-second-key-of-the-user";

    it("creates teams and keys, teams first", async () => {
      const { code, text } = await register(
        server(),
        {
          teams: { research: { requestsPerMinute: 6 } },
          keys: { alice: { ...budget(5), team: "research" } },
        },
        { alice: FIRST },
      );
      expect([code, text]).to.deep.equal([0, "team research: created\nkey alice: created\n"]);
      const team = stack().sql(
        `select rpm_limit, max_budget is null from "LiteLLM_TeamTable" where team_id = 'research'`,
      );
      expect(team).to.equal("6|t");
      expect(row(FIRST)).to.deep.include({
        key_alias: `alice-${digest(FIRST).slice(0, 8)}`,
        team_id: "research",
        max_budget: 5,
        budget_duration: "30d",
        allowed_routes: routes.callers,
        expires: null,
        spend: 0,
      });
      expect(row(FIRST)?.metadata).to.include({ managed_by: "llm-platform", name: "alice" });
    });

    it("changes no limit the second time", async () => {
      const desired = { teams: { research: {} }, keys: { bob: budget(5) } };
      await register(server(), desired, { bob: FIRST });
      const before = row(FIRST);
      const { code, text } = await register(server(), desired, { bob: FIRST });
      expect([code, text]).to.deep.equal([0, "team research: updated\nkey bob: updated\n"]);
      // Also the time of its next reset: a registration does not extend the period of a budget.
      for (const column of COLUMNS) expect(row(FIRST)?.[column], column).to.deep.equal(before?.[column]);
    });

    it("sets new limits and reverts manual changes; the spend stays", async () => {
      await register(server(), { keys: { carol: budget(5) } }, { carol: FIRST });
      change(FIRST, "max_budget = 1000, rpm_limit = 1, spend = 3");
      await register(server(), { keys: { carol: budget(7) } }, { carol: FIRST });
      expect(row(FIRST)).to.deep.include({ max_budget: 7, rpm_limit: null, spend: 3 });
    });

    it("keeps a replaced key valid for an hour, not longer when it runs again, and moves its spend", async () => {
      await register(server(), { keys: { dave: budget(5) } }, { dave: FIRST });
      change(FIRST, "spend = 4.5");
      const { text } = await register(server(), { keys: { dave: budget(5) } }, { dave: SECOND });
      expect(text).to.equal("key dave: created\nkey dave: the one before ends in 1h\n");
      expect(row(SECOND)).to.deep.include({ spend: 4.5, expires: null, max_budget: 5 });
      const expires = row(FIRST)?.expires ?? "";
      const minutes = (Date.parse(`${expires}Z`) - Date.now()) / 60_000;
      expect(minutes).to.be.within(55, 61);
      const again = await register(server(), { keys: { dave: budget(5) } }, { dave: SECOND });
      expect(again.text).to.equal("key dave: updated\n");
      expect(row(FIRST)?.expires).to.equal(expires);
    });

    it("keeps a key that is restored", async () => {
      await register(server(), { keys: { erin: budget(5) } }, { erin: FIRST });
      await register(server(), { keys: { erin: budget(5) } }, { erin: SECOND });
      await register(server(), { keys: { erin: budget(5) } }, { erin: FIRST });
      expect(row(FIRST)?.expires).to.equal(null);
      expect(row(SECOND)?.expires).to.not.equal(null);
    });

    it("deletes only the keys of removed users, on all pages", async () => {
      // LiteLLM returns at most 100 keys per page.
      const names = Array.from({ length: 101 }, (_, index) => `user-${index}`);
      const keys = Object.fromEntries(names.map((name) => [name, `sk-key-of-${name}-of-many`]));
      await register(server(), { keys: Object.fromEntries(names.map((name) => [name, {}])) }, keys);
      const byHand = await fetch(`${server().url}/key/generate`, {
        method: "POST",
        headers: { authorization: `Bearer ${MASTER_KEY}`, "content-type": "application/json" },
        body: JSON.stringify({ key_alias: "by-hand" }),
      });
      expect(byHand.status).to.equal(200);
      const { text } = await register(
        server(),
        { keys: { "user-7": {} } },
        { "user-7": keys["user-7"] ?? "" },
      );
      const aliases = Object.values(rows("key_alias is not null")).map(({ key_alias: alias }) => alias);
      expect(aliases.sort()).to.deep.equal(["by-hand", `user-7-${digest(keys["user-7"] ?? "").slice(0, 8)}`]);
      expect(text.match(/deleted/g)).to.have.length.greaterThan(99);
    });

    describe("behind a proxy that fails", () => {
      let proxy: FaultProxy;
      beforeEach(async () => {
        proxy = await FaultProxy.start(server().url);
      });
      afterEach(() => proxy.stop());

      it("waits for a server that does not answer yet", async () => {
        proxy.failures.push(503, 502);
        expect((await register(proxy, { keys: { frank: {} } }, { frank: FIRST })).code).to.equal(0);
      });

      it("fails if a request is rejected, and reports which one", async () => {
        const { code, text } = await register(
          proxy,
          { keys: { frank: {} } },
          { frank: FIRST },
          "sk-wrong-key",
        );
        expect(code).to.equal(1);
        expect(text).to.match(/^\/key\/list: 401 \{"error":\{"message":"Authentication Error/);
      });

      it("prints no key, not even one that the server repeats, and puts none into an address", async () => {
        const good = await register(proxy, { keys: { grace: {} } }, { grace: SECOND });
        const third = "sk-third-key-of-the-user";
        // Messages are cut. A part of a key is not printed either, wherever the end of the message is.
        for (const before of ["", "x".repeat(485)]) {
          // The list is forwarded. The key is rejected with a message that repeats it.
          proxy.failures.push(undefined, 400);
          proxy.message = `${before}${third}`;
          const bad = await register(proxy, { keys: { grace: {} } }, { grace: third });
          expect(bad.code).to.equal(1);
          expect(bad.text).to.include("[secret");
          for (const secret of [MASTER_KEY, SECOND, third.slice(0, 8)])
            expect(good.text + bad.text + proxy.requests.join("\n")).to.not.include(secret);
        }
      });
    });
  });
}
