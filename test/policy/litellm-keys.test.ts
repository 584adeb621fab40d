import { expect } from "chai";
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import routes from "../../components/litellm/routes.json" with { type: "json" };
import { keyVariable } from "../../components/litellm/keys.ts";
import { type Registrations, renderRegistrations } from "../../components/litellm/render-keys.ts";
import { digest, MASTER_KEY, MockLiteLlm, NEW_ROW } from "./litellm-mock.ts";

const SCRIPT = join(import.meta.dirname, "../../components/litellm/register-keys.py");

describe("register-keys.py, run by Python against a mock of LiteLLM", function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), "llm-platform-keys-"));
  const file = join(folder, "registrations.json");
  let litellm: MockLiteLlm;
  before("needs Python 3", function () {
    if (spawnSync("python3", ["--version"]).status !== 0) this.skip();
  });
  beforeEach(async () => {
    litellm = await MockLiteLlm.start();
  });
  afterEach(() => {
    litellm.stop();
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (
    registrations: Partial<Registrations>,
    keys: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>> = {},
  ) =>
    new Promise<{ code: number | null; text: string }>((resolve) => {
      writeFileSync(file, renderRegistrations({ teams: {}, keys: {}, ...registrations }));
      const child = execFile(
        "python3",
        [SCRIPT],
        {
          env: {
            PATH: process.env["PATH"],
            LITELLM_URL: litellm.url,
            LITELLM_MASTER_KEY: MASTER_KEY,
            REGISTRATIONS: file,
            ...Object.fromEntries(Object.entries(keys).map(([name, key]) => [keyVariable(name), key])),
            ...env,
          },
        },
        (_error, stdout, stderr) => {
          resolve({ code: child.exitCode, text: stdout + stderr });
        },
      );
    });

  const ALICE = { alice: "sk-alice-first" };
  const LIMITS = { alice: { budget: { usd: 5, period: "30d" } } };
  const row = (key: string) => litellm.keys.get(digest(key));

  it("creates teams and keys, teams first", async () => {
    const { code, text } = await run(
      {
        teams: { research: { requestsPerMinute: 6 } },
        keys: { alice: { ...LIMITS.alice, team: "research" } },
      },
      ALICE,
    );
    expect([code, text]).to.deep.equal([0, "team research: created\nkey alice: created\n"]);
    expect(litellm.teams.get("research")).to.deep.include({ rpm_limit: 6, max_budget: null });
    expect(row(ALICE.alice)).to.deep.include({
      key_alias: `alice-${digest(ALICE.alice).slice(0, 8)}`,
      team_id: "research",
      max_budget: 5,
      budget_duration: "30d",
      allowed_routes: routes.callers,
      metadata: { managed_by: "llm-platform", name: "alice" },
      expires: null,
      spend: 0,
    });
  });

  it("changes nothing the second time", async () => {
    const registrations = { teams: { research: {} }, keys: LIMITS };
    await run(registrations, ALICE);
    const before = structuredClone([[...litellm.keys], [...litellm.teams]]);
    const { code, text } = await run(registrations, ALICE);
    expect([code, text]).to.deep.equal([0, "team research: updated\nkey alice: updated\n"]);
    expect([[...litellm.keys], [...litellm.teams]]).to.deep.equal(before);
  });

  it("sets new limits and reverts manual changes; the spend stays", async () => {
    await run({ keys: LIMITS }, ALICE);
    Object.assign(row(ALICE.alice) ?? {}, { max_budget: 1000, rpm_limit: 1, spend: 3 });
    await run({ keys: { alice: { budget: { usd: 7, period: "30d" } } } }, ALICE);
    expect(row(ALICE.alice)).to.deep.include({ max_budget: 7, rpm_limit: null, spend: 3 });
  });

  it("keeps a replaced key valid for an hour, and moves its spend to the new key", async () => {
    await run({ keys: LIMITS }, ALICE);
    Object.assign(row(ALICE.alice) ?? {}, { spend: 4.5 });
    const { text } = await run({ keys: LIMITS }, { alice: "sk-alice-second" });
    expect(text).to.equal("key alice: created\nkey alice: the one before ends in 1h\n");
    expect(row("sk-alice-second")).to.deep.include({ spend: 4.5, expires: null, max_budget: 5 });
    expect(row(ALICE.alice)).to.deep.include({ expires: "in 1h" });
  });

  it("does not extend that hour when it runs again", async () => {
    await run({ keys: LIMITS }, ALICE);
    await run({ keys: LIMITS }, { alice: "sk-alice-second" });
    const { text } = await run({ keys: LIMITS }, { alice: "sk-alice-second" });
    expect(text).to.equal("key alice: updated\n");
  });

  it("keeps a key that is restored", async () => {
    await run({ keys: LIMITS }, ALICE);
    await run({ keys: LIMITS }, { alice: "sk-alice-second" });
    await run({ keys: LIMITS }, ALICE);
    expect(row(ALICE.alice)).to.deep.include({ expires: null });
    expect(row("sk-alice-second")).to.deep.include({ expires: "in 1h" });
  });

  it("deletes only the keys of removed users, on all pages", async () => {
    const names = ["alice", "bob", "carol", "dave", "erin"];
    const keys = Object.fromEntries(names.map((name) => [name, `sk-${name}`]));
    await run({ keys: Object.fromEntries(names.map((name) => [name, {}])) }, keys);
    litellm.keys.set("by-hand", { ...NEW_ROW, token: "by-hand", spend: 0 });
    const { text } = await run({ keys: { carol: {} } }, { carol: "sk-carol" });
    expect([...litellm.keys.keys()]).to.deep.equal([digest("sk-carol"), "by-hand"]);
    expect(text.match(/deleted/g)).to.have.length(4);
  });

  it("waits for a server that does not answer yet", async () => {
    litellm.failures.push(503, 502);
    expect((await run({ keys: LIMITS }, ALICE)).code).to.equal(0);
  });

  it("fails if a request is rejected, and reports which one", async () => {
    const { code, text } = await run({ keys: LIMITS }, ALICE, { LITELLM_MASTER_KEY: "sk-wrong" });
    expect(code).to.equal(1);
    expect(text).to.equal('/key/list: 401 {"error":{"message":"no such key"}}\n');
  });

  it("prints no key, not even one that LiteLLM repeats, and puts none into an address", async () => {
    await run({ keys: LIMITS }, ALICE);
    litellm.requests.length = 0;
    const [good] = [await run({ keys: LIMITS }, { alice: "sk-alice-second" })];
    const requests = litellm.requests.join("\n");
    // The list goes through, the key is refused with a message that repeats it.
    litellm.failures.push(...([undefined, 400] as unknown as number[]));
    const bad = await run({ keys: LIMITS }, { alice: "sk-alice-third" });
    expect(bad.text).to.include("[secret]");
    for (const secret of [MASTER_KEY, "sk-alice-first", "sk-alice-second", "sk-alice-third"]) {
      expect(good.text + bad.text + requests).to.not.include(secret);
    }
  });
});
