// What a caller of the gateway can do to other callers: requests to LiteLLM's proxy, with the real Redis server.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { LITELLM, LITELLM_CACHE } from "../../components/litellm/endpoints.ts";
import type { CacheScope } from "../../components/litellm/render-config.ts";
import routes from "../../components/litellm/routes.json" with { type: "json" };
import { GatewayStack, type LiteLlmServer, PASSWORDS } from "./litellm-server.ts";
import { eventually } from "./node.ts";

const minutes = (count: number): number => count * 60_000;
/** Two consumers of one team, and one without a team. */
const KEYS = {
  alice: "sk-key-of-alice-0001",
  bob: "sk-key-of-bob-000001",
  carol: "sk-key-of-carol-0001",
} as const;
const { alice: ATTACKER, bob: VICTIM, carol: STRANGER } = KEYS;
const REGISTRATIONS = {
  teams: { research: {} },
  keys: { alice: { team: "research" }, bob: { team: "research" }, carol: {} },
} as const;

/** Prints what LiteLLM can route, and what it allows a key with the routes of render-keys.ts. */
const ROUTES_PROGRAM = `
import json
import re
from litellm.proxy._types import LiteLLMRoutes, UserAPIKeyAuth
from litellm.proxy.auth.route_checks import RouteChecks
key = UserAPIKeyAuth(api_key="any", user_role="internal_user", allowed_routes=${JSON.stringify(routes.callers)})

def is_allowed(path):
    try:
        return RouteChecks.should_call_route(path, key)
    except Exception:
        return False

known = {path for routes in LiteLLMRoutes for path in routes.value if path.startswith("/")}
paths = sorted({re.sub(r"{[^}]*}|[*]", "x", path) for path in known})
print("ROUTES " + json.dumps({"paths": paths, "allowed": [path for path in paths if is_allowed(path)]}))
`;

/** What LiteLLM can route, and what it allows the key of a consumer. */
interface Routes {
  readonly paths: readonly string[];
  readonly allowed: readonly string[];
}

interface Request {
  readonly body: Readonly<Record<string, unknown>>;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  /** Name of the entry of the cache, where the answer comes from it. */
  readonly cacheKey: string | null;
  readonly text: string;
}

async function ask(server: LiteLlmServer, key: string, { body, path, headers }: Request): Promise<Answer> {
  const response = await fetch(`${server.url}${path ?? "/v1/chat/completions"}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    cacheKey: response.headers.get("x-litellm-cache-key"),
    text: await response.text(),
  };
}

const EVIL = "evil";
const chat = (question: string, fields: object = {}) => ({
  model: "echo",
  messages: [{ role: "user", content: question }],
  ...fields,
});
const evil = (question: string, fields: object) => chat(`${EVIL} ${question}`, fields);

/** What the attacker sends around the victim's question, and what the gateway answers. `cacheKey` is that of the question. */
const FORGERIES: Readonly<
  Record<string, readonly [status: number, request: (question: string, cacheKey: string) => Request]>
> = {
  "messages of extra_body": [
    200,
    (question) => ({ body: chat(question, { extra_body: { messages: [{ role: "user", content: EVIL }] } }) }),
  ],
  "a field that only the model server knows": [
    200,
    (question) => ({ body: chat(question, { guided_choice: [EVIL] }) }),
  ],
  "headers for the model server": [
    200,
    (question) => ({ body: chat(question, { extra_headers: { "x-extra": EVIL } }) }),
  ],
  "headers for one provider": [
    200,
    (question) => ({
      body: chat(question, {
        provider_specific_header: { custom_llm_provider: "openai", extra_headers: { "x-extra": EVIL } },
      }),
    }),
  ],
  "the Redis namespace in the metadata": [
    200,
    (question, cacheKey) => ({
      body: evil(question, { metadata: { redis_namespace: cacheKey, caching_groups: [["echo", "other"]] } }),
    }),
  ],
  "the arguments of LiteLLM's own functions": [
    200,
    (question) => ({ body: evil(question, { original_response: EVIL, router_settings_override: {} }) }),
  ],
  "cache_key: the victim's": [
    400,
    (question, cacheKey) => ({ body: evil(question, { cache_key: cacheKey }) }),
  ],
  "cache_key: the lock of a job": [
    400,
    (question) => ({ body: evil(question, { cache_key: "litellm:cronjob_lock:update_spend" }) }),
  ],
  "cache_key without the namespace": [
    400,
    (question, cacheKey) => ({ body: evil(question, { cache_key: cacheKey.replace(/^[^:]*:/, "") }) }),
  ],
  "a namespace of the cache": [
    400,
    (question, cacheKey) => ({
      body: evil(question, { cache: { "use-cache": true, namespace: cacheKey.replace(/:[^:]*$/, "") } }),
    }),
  ],
  "another answer to the same question": [
    400,
    (question) => ({ body: chat(question, { cache: { "no-cache": true } }) }),
  ],
  "a time to live": [400, (question) => ({ body: chat(question, { cache: { ttl: 9_999_999 } }) })],
  "a time to live beside the cache": [400, (question) => ({ body: chat(question, { ttl: 9_999_999 }) })],
  "caching turned on": [400, (question) => ({ body: evil(question, { caching: true }) })],
  "the key that LiteLLM computed": [
    400,
    (question, cacheKey) => ({ body: evil(question, { preset_cache_key: cacheKey }) }),
  ],
  "the key in LiteLLM's parameters": [
    400,
    (question, cacheKey) => ({ body: evil(question, { litellm_params: { preset_cache_key: cacheKey } }) }),
  ],
  "a field with LiteLLM's own prefix": [
    400,
    (question) => ({ body: evil(question, { _litellm_control: { cache_key: EVIL } }) }),
  ],
};

/** Requests that LiteLLM answers without a trace, or with one that lacks the question. */
const UNTRACED: Readonly<Record<string, (question: string) => Request>> = {
  "no-log": (question) => ({ body: chat(question, { "no-log": true }) }),
  "no-log in the metadata": (question) => ({ body: chat(question, { metadata: { "no-log": true } }) }),
  "a list of callbacks": (question) => ({
    body: chat(question, { litellm_disabled_callbacks: ["arize_phoenix"] }),
  }),
  "a header with callbacks": (question) => ({
    body: chat(question),
    headers: { "x-litellm-disable-callbacks": "arize_phoenix" },
  }),
  "a header that redacts": (question) => ({
    body: chat(question),
    headers: { "X-LiteLLM-Enable-Message-Redaction": "true" },
  }),
  "a field that redacts": (question) => ({ body: chat(question, { turn_off_message_logging: true }) }),
  "metadata that redact": (question) => ({
    body: chat(question, { metadata: { turn_off_message_logging: true } }),
  }),
  "a parent that is not sampled": (question) => ({
    body: chat(question),
    headers: { traceparent: `00-${"ab".repeat(16)}-${"cd".repeat(8)}-00` },
  }),
};

describe("requests of callers, to LiteLLM's proxy as its pod starts it", function () {
  this.timeout(minutes(2));
  let stack: GatewayStack | undefined;
  let all: Routes;
  const servers = new Map<CacheScope, LiteLlmServer>();
  const serverOf = (scope: CacheScope): LiteLlmServer => {
    const server = servers.get(scope);
    if (server === undefined) throw new Error(`no server with the scope ${scope}`);
    return server;
  };
  const gateways = (): GatewayStack => {
    if (stack === undefined) throw new Error("no gateway");
    return stack;
  };
  const model = () => gateways().upstream;

  before(
    "starts two gateways, their database and Redis; the image litellm may have to be built",
    async function () {
      this.timeout(minutes(20));
      stack = await GatewayStack.start();
      await stack.migrate();
      const start = async (cacheScope: CacheScope): Promise<LiteLlmServer> => {
        const server = await gateways().gateway({ cacheScope });
        servers.set(cacheScope, server);
        return server;
      };
      const [server] = await Promise.all([start("everyone"), start("team")]);
      const { code, text } = await stack.register(server, REGISTRATIONS, KEYS);
      expect(code, text).to.equal(0);
      const { out, errors } = await stack.image.run(`python3 -c "$PROGRAM"`, ["/tmp"], {
        PROGRAM: ROUTES_PROGRAM,
        HOME: "/tmp",
        LITELLM_LOCAL_MODEL_COST_MAP: "True",
      });
      all = JSON.parse(/^ROUTES (.*)$/m.exec(out)?.[1] ?? errors) as Routes;
    },
  );
  after(() => stack?.remove());

  /** The answer of the cache to a question: it is written after the first answer. */
  const cached = (server: LiteLlmServer, key: string, request: Request): Promise<Answer> =>
    eventually(async () => {
      const answer = await ask(server, key, request);
      return answer.cacheKey === null ? undefined : answer;
    });

  describe("with one cache for everyone", () => {
    for (const [what, [status, forgery]] of Object.entries(FORGERIES)) {
      it(`leave others their answers: ${what}`, async () => {
        const server = serverOf("everyone");
        // One question is in the cache before the forgery, and one is not.
        for (const isKnown of [true, false]) {
          const question = randomUUID();
          const honest = { body: chat(question) };
          const before = isKnown ? await cached(server, VICTIM, honest) : undefined;
          for (const key of [ATTACKER, STRANGER])
            expect(
              (await ask(server, key, forgery(question, before?.cacheKey ?? `${LITELLM_CACHE}:x`))).status,
            ).to.equal(status);
          const answer = await cached(server, VICTIM, honest);
          expect(answer.status).to.equal(200);
          expect(answer.text).to.contain(question).and.not.contain(EVIL);
          expect(answer.cacheKey).to.match(new RegExp(`^${LITELLM_CACHE}:`));
          if (before !== undefined) expect(answer).to.deep.equal(before);
        }
      });
    }

    it("are cached apart if two fields together read like two others", async () => {
      const body = (fields: object) => ({ path: "/v1/completions", body: { model: "echo", ...fields } });
      const [one, other] = [body({ prompt: "a", suffix: "b" }), body({ prompt: "asuffix: b" })];
      const keys = await Promise.all(
        [one, other].map(async (request) => (await cached(serverOf("everyone"), VICTIM, request)).cacheKey),
      );
      expect(new Set(keys)).to.have.length(2);
    });

    it("give every key the same answer to the same question", async () => {
      const [server, question] = [serverOf("everyone"), { body: chat(randomUUID()) }];
      const first = await cached(server, ATTACKER, question);
      expect(await ask(server, STRANGER, question)).to.deep.equal(first);
    });
  });

  describe("with a cache for each team", () => {
    it("give an answer to the keys of the team alone", async () => {
      const [server, question] = [serverOf("team"), { body: chat(randomUUID()) }];
      const first = await cached(server, ATTACKER, question);
      expect(await ask(server, VICTIM, question)).to.deep.equal(first);
      const asked = model().asked;
      expect((await ask(server, STRANGER, question)).cacheKey).to.equal(null);
      expect(model().asked).to.equal(asked + 1);
    });

    it("give a key without a team its own answers", async () => {
      const [server, question] = [serverOf("team"), { body: chat(randomUUID()) }];
      const own = await cached(server, STRANGER, question);
      expect((await cached(server, VICTIM, question)).cacheKey).to.not.equal(own.cacheKey);
      expect(await ask(server, STRANGER, question)).to.deep.equal(own);
    });
  });

  it("keep answers where no user of limits and spend has a right, and the other way round", () => {
    const run = (user: keyof typeof PASSWORDS, key: string) =>
      gateways().redis.run({ user, password: PASSWORDS[user] }, "set", key, "1").out;
    expect(run(LITELLM_CACHE, `${LITELLM_CACHE}:a`)).to.equal("OK");
    expect(run(LITELLM_CACHE, `${LITELLM}:cronjob_lock:update_spend`)).to.contain("NOPERM");
    expect(run(LITELLM, `${LITELLM_CACHE}:a`)).to.contain("NOPERM");
  });

  describe("that ask for no trace", () => {
    for (const [what, request] of Object.entries(UNTRACED)) {
      it(`are refused or traced: ${what}`, async () => {
        const question = randomUUID();
        const { status, text } = await ask(serverOf("everyone"), ATTACKER, request(question));
        expect(status).to.be.oneOf([200, 400, 401]);
        // LiteLLM itself answers so to a field that no key may set.
        if (status === 401) expect(text).to.contain("is not allowed in request body");
        if (status !== 200) return;
        await eventually(() =>
          Promise.resolve(model().traces.some((span) => span.includes(question)) ? true : undefined),
        );
      });
    }
  });

  describe("to other routes", () => {
    const SERVED = [...routes.callers, ...routes.platform];

    it("find those of routes.json alone: no provider, no page, no description of the API", async () => {
      const { url } = serverOf("everyone");
      expect(all.paths.length).to.be.greaterThan(200);
      expect(all.paths).to.include.members(["/openai/x", "/v1/files", "/key/generate"]);
      const others = [
        ...all.paths,
        "/",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/ui",
        "/ui/",
        "/v1/models/",
        "//v1/models",
      ];
      const found: string[] = [];
      for (const path of others.filter((each) => !SERVED.includes(each))) {
        const headers = { authorization: `Bearer ${ATTACKER}` };
        const { status } = await fetch(url + path, { headers, redirect: "manual" });
        if (status !== 404) found.push(`${status} ${path}`);
      }
      expect(found).to.deep.equal([]);
    });

    it("have the key of a consumer refused by LiteLLM itself, were they served", () => {
      const { allowed } = all;
      // LiteLLM takes an allowed route for all below it, too. The guard rejects these kinds of calls.
      const below = allowed.filter((path) => !routes.callers.includes(path));
      expect(below.filter((path) => !/^\/(v1\/)?(models|responses)\//.test(path))).to.deep.equal([]);
      expect(allowed).to.include.members(routes.callers);
    });
  });
});
