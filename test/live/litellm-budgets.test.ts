// How LiteLLM decides when the spend of a key is unknown. This runs LiteLLM's code with the file that we render.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { GUARD_FILE, type LiteLlmConfig, renderConfig } from "../../components/litellm/render-config.ts";
import { type BuiltRecipe, ensureRecipes } from "../../sandbox/live/images/build.ts";
import { recipes } from "../../sandbox/live/images/table.ts";
import { checkout } from "../../sandbox/paths.ts";
import { createReport } from "../../sandbox/report.ts";
import { modelsOf } from "../../stacks/features/gateway/models.ts";
import { platformConfig } from "../program.ts";
import { ImageRoot, missingForImageRoot } from "./image-root.ts";

const minutes = (count: number): number => count * 60_000;

/**
 * Reads each file as the proxy does when it starts, then asks the functions that admit requests. Neither Redis nor a
 * database is there. A process a file, since what is read stays; the import, which takes most of the time, is shared.
 */
const PROGRAM = `
import asyncio, glob, json, os
from fastapi import HTTPException
from litellm.proxy import proxy_server
from litellm.proxy.db.exception_handler import PrismaDBExceptionHandler
from litellm.proxy.hooks.parallel_request_limiter_v3 import fail_closed_rate_limit_enforcement_enabled

async def main(path):
    await proxy_server.ProxyConfig().load_config(router=None, config_file_path=path)
    try:
        spend = await proxy_server.get_current_spend(counter_key="spend:key:x", fallback_spend=1.0, max_budget=5.0)
        budget = f"admitted, as if {spend} were spent"
    except HTTPException as refusal:
        budget = f"{refusal.status_code} {refusal.detail['error'].partition(':')[0]}"
    print(os.path.basename(path) + " " + json.dumps({
        "a key that the database cannot confirm": PrismaDBExceptionHandler.should_allow_request_on_db_unavailable(),
        "a budget that cannot be verified": budget,
        "a limit that Redis cannot count": not fail_closed_rate_limit_enforcement_enabled(proxy_server.general_settings),
    }), flush=True)

for path in sorted(glob.glob("/tmp/*.yaml")):
    child = os.fork()
    if child == 0:
        asyncio.run(main(path))
        os._exit(0)
    os.waitpid(child, 0)
`;

const CLOSED = {
  "a key that the database cannot confirm": false,
  "a budget that cannot be verified": "503 Budget enforcement unavailable",
  "a limit that Redis cannot count": false,
};
const OPEN = {
  "a key that the database cannot confirm": true,
  "a budget that cannot be verified": "admitted, as if 1.0 were spent",
  "a limit that Redis cannot count": true,
};

const REDIS = { host: "127.0.0.1", port: 1, username: "litellm", prefix: "litellm", tls: false };
const file = (failClosed: boolean | undefined, models?: LiteLlmConfig["models"]) =>
  renderConfig({
    models: models ?? [{ name: "mock", provider: "mock", response: "Hello." }],
    database: true,
    redis: REDIS,
    failClosed,
  });

/** The same settings where LiteLLM does not read them. */
function moved(): string {
  const sections = parse(file(true)) as Record<
    "general_settings" | "litellm_settings",
    Record<string, unknown>
  >;
  const { general_settings: general, litellm_settings: others, ...rest } = sections;
  const isKnob = ([key]: [string, unknown]) => /fail_closed|allow_requests/.test(key);
  const entries = Object.entries(general);
  return stringify({
    ...rest,
    general_settings: Object.fromEntries(entries.filter((entry) => !isKnob(entry))),
    litellm_settings: { ...others, ...Object.fromEntries(entries.filter(isKnob)) },
  });
}

const { gateway: prod } = platformConfig("prod");
const FILES: Readonly<Record<string, string>> = {
  prod: file(prod.failClosed, modelsOf(prod)),
  unsaid: file(undefined),
  open: file(false),
  moved: moved(),
};

describe("budgets and limits that cannot be verified, by LiteLLM's own code", function () {
  let verdicts: Readonly<Record<string, unknown>>;

  before("asks the image litellm, which may have to be built", async function () {
    this.timeout(minutes(20));
    const missing = missingForImageRoot();
    if (missing !== undefined) throw new Error(missing);
    const [built] = (await ensureRecipes([recipes.litellm], createReport())) as [BuiltRecipe];
    const image = await ImageRoot.unpack(built);
    const files = Object.entries({
      ...Object.fromEntries(Object.entries(FILES).map(([name, text]) => [`${name}.yaml`, text])),
      [GUARD_FILE]: readFileSync(join(checkout, "components/litellm", GUARD_FILE), "utf8"),
      "ask.py": PROGRAM,
    }).map(([name, text]) => `cat > /tmp/${name} <<'END'\n${text}\nEND`);
    try {
      const { out, errors } = await image.run([...files, "python3 /tmp/ask.py"].join("\n"), ["/tmp"], {
        HOME: "/tmp",
        DATABASE_URL: "postgresql://user@127.0.0.1:1/none",
        LITELLM_LOCAL_MODEL_COST_MAP: "True",
        LITELLM_MASTER_KEY: "sk-of-the-test",
        REDIS_PASSWORD: "of-the-test",
      });
      const lines = out.split("\n").flatMap((line) => [...line.matchAll(/^(\w+)\.yaml (\{.*)$/g)]);
      expect(lines, `${out}\n${errors}`).to.have.length(Object.keys(FILES).length);
      verdicts = Object.fromEntries(
        lines.map(([, name = "", json = ""]) => [name, JSON.parse(json) as unknown]),
      );
    } finally {
      image.remove();
    }
  });

  it("are rejected in prod, as committed, and by default", () => {
    expect(verdicts["prod"]).to.deep.equal(CLOSED);
    expect(verdicts["unsaid"]).to.deep.equal(CLOSED);
  });

  it("are admitted if configured, which prod rejects", () => {
    expect(verdicts["open"]).to.deep.equal(OPEN);
    expect(() => platformConfig("prod", { "gateway.failClosed": false })).to.throw(
      "in prod a request is rejected if its budget cannot be verified",
    );
  });

  it("would be admitted with the same settings in a section that LiteLLM ignores", () =>
    expect(verdicts["moved"]).to.deep.equal({ ...OPEN, "a key that the database cannot confirm": false }));
});
