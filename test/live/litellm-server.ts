// LiteLLM's proxy as its pod starts it, with the files that we render, before a model and a collector of this process.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import {
  GUARD_FILE,
  type LiteLlmConfig,
  renderConfig,
  ROUTES_FILE,
} from "../../components/litellm/render-config.ts";
import { checkout } from "../../sandbox/paths.ts";
import { freePort } from "../policy/free-port.ts";
import { HOSTED } from "../unit/components/litellm/fixtures.ts";
import type { ImageRoot } from "./image-root.ts";
import { eventually } from "./node.ts";

/**
 * Two consumers of one team and one without a team. Virtual keys need LiteLLM's database, which cannot run here, so a
 * function gives each key what the database would: its hash, its team, and the routes of render-keys.ts. When it is
 * loaded, it prints what LiteLLM can route, and what LiteLLM allows such a key.
 */
const CONSUMERS = `
import json
import re
from litellm.proxy._types import LiteLLMRoutes, UserAPIKeyAuth, hash_token
from litellm.proxy.auth.route_checks import RouteChecks
with open("/tmp/${ROUTES_FILE}") as file:
    ROUTES = json.load(file)["callers"]
TEAMS = {"sk-alice": "research", "sk-bob": "research", "sk-carol": None}

def auth_of(key):
    return UserAPIKeyAuth(api_key=hash_token(key), team_id=TEAMS[key], user_role="internal_user", allowed_routes=ROUTES)

async def authenticate(request, api_key):
    return auth_of(api_key)

def is_allowed(path):
    try:
        return RouteChecks.should_call_route(path, auth_of("sk-alice"))
    except Exception:
        return False

known = {path for routes in LiteLLMRoutes for path in routes.value if path.startswith("/")}
paths = sorted({re.sub(r"{[^}]*}|[*]", "x", path) for path in known})
print("ROUTES " + json.dumps({"paths": paths, "allowed": [path for path in paths if is_allowed(path)]}), flush=True)
`;

/** What LiteLLM can route, and what it allows the key of a consumer. */
interface Routes {
  readonly paths: readonly string[];
  readonly allowed: readonly string[];
}

/** A model that answers with the request that it got, and a collector that keeps what it gets. */
export class Upstream {
  readonly traces: Buffer[] = [];
  /** Number of requests to the model. */
  asked = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks);
        const path = request.url ?? "";
        if (path === "/v1/traces") {
          this.traces.push(body);
          response.end();
          return;
        }
        this.asked += 1;
        const content = JSON.stringify({
          body: body.toString(),
          header: request.headers["x-extra"],
        });
        const choice = path.endsWith("/chat/completions")
          ? { message: { role: "assistant", content } }
          : { text: content };
        response.setHeader("content-type", "application/json").end(
          JSON.stringify({
            id: `answer-${this.asked}`,
            object: "chat.completion",
            created: 1,
            model: "echo",
            choices: [{ index: 0, finish_reason: "stop", ...choice }],
            usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
          }),
        );
      });
    });
  }

  static async start(): Promise<Upstream> {
    const upstream = new Upstream();
    await new Promise<void>((resolve) => upstream.#server.listen(0, "127.0.0.1", resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** A running proxy. */
export interface LiteLlmServer {
  readonly url: string;
  readonly routes: Routes;
  readonly stop: () => Promise<void>;
}

/** `env` is that of the pod; what is here only replaces addresses and secrets. */
export async function startLiteLlm(
  image: ImageRoot,
  upstream: Upstream,
  config: Omit<LiteLlmConfig, "models" | "database" | "tracing">,
  env: Readonly<Record<string, string>>,
): Promise<LiteLlmServer> {
  const text = renderConfig({
    ...config,
    models: [{ ...HOSTED, name: "echo", model: "echo", apiBase: upstream.url }],
    database: false,
    tracing: true,
  });
  const sections = parse(text) as { general_settings: object };
  const source = (file: string) => readFileSync(join(checkout, "components/litellm", file), "utf8");
  const files = {
    "config.yaml": stringify({
      ...sections,
      general_settings: { ...sections.general_settings, custom_auth: "consumers.authenticate" },
    }),
    "consumers.py": CONSUMERS,
    [GUARD_FILE]: source(GUARD_FILE),
    [ROUTES_FILE]: source(ROUTES_FILE),
  };
  const port = await freePort();
  const child = image.serve(
    [
      ...Object.entries(files).map(([name, file]) => `cat > /tmp/${name} <<'END'\n${file}\nEND`),
      `exec litellm --config /tmp/config.yaml --host 127.0.0.1 --port ${port}`,
    ].join("\n"),
    ["/tmp"],
    {
      ...env,
      LITELLM_MASTER_KEY: "sk-of-the-test",
      PHOENIX_COLLECTOR_HTTP_ENDPOINT: `${upstream.url}/traces`,
      // At once, in place of every five seconds.
      OTEL_BSP_SCHEDULE_DELAY: "1",
    },
  );
  const url = `http://127.0.0.1:${port}`;
  const ended = once(child, "exit");
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`LiteLLM stopped:\n${output}`);
    return fetch(`${url}/health/readiness`).catch(() => undefined);
  });
  return {
    url,
    routes: JSON.parse(/^ROUTES (.*)$/m.exec(output)?.[1] ?? "") as Routes,
    stop: async () => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await ended;
    },
  };
}
