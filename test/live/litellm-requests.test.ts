// What a caller of the gateway can do to other callers: requests to LiteLLM's proxy, with the real Redis server.
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { expect } from "chai";
import { IMAGES } from "../../components/core/images.ts";
import { LITELLM, LITELLM_CACHE } from "../../components/litellm/endpoints.ts";
import { serverPod } from "../../components/litellm/pods.ts";
import { CACHE_PASSWORD, type CacheScope, REDIS_PASSWORD } from "../../components/litellm/render-config.ts";
import routes from "../../components/litellm/routes.json" with { type: "json" };
import { passwordVariable, PROBE_PASSWORD_VARIABLE } from "../../components/redis/render-start.ts";
import { type BuiltRecipe, ensureRecipes } from "../../sandbox/live/images/build.ts";
import { recipes } from "../../sandbox/live/images/table.ts";
import { createReport } from "../../sandbox/report.ts";
import { RedisServer, unpackValkey } from "../policy/redis-server.ts";
import { TRACING } from "../unit/components/litellm/fixtures.ts";
import { ImageRoot, missingForImageRoot } from "./image-root.ts";
import { type LiteLlmServer, startLiteLlm, Upstream } from "./litellm-server.ts";
import { eventually } from "./node.ts";

const minutes = (count: number): number => count * 60_000;
const PASSWORDS = { [LITELLM]: "password-of-limits", [LITELLM_CACHE]: "password-of-answers" } as const;
const [ATTACKER, VICTIM, STRANGER] = ["sk-alice", "sk-bob", "sk-carol"] as const;

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
  let image: ImageRoot | undefined;
  let upstream: Upstream | undefined;
  let programs: string | undefined;
  let redis: RedisServer | undefined;
  const servers = new Map<CacheScope, LiteLlmServer>();
  const serverOf = (scope: CacheScope): LiteLlmServer => {
    const server = servers.get(scope);
    if (server === undefined) throw new Error(`no server with the scope ${scope}`);
    return server;
  };
  const model = (): Upstream => {
    if (upstream === undefined) throw new Error("no model");
    return upstream;
  };

  before("starts two gateways and Redis; the image litellm may have to be built", async function () {
    this.timeout(minutes(20));
    const missing = missingForImageRoot();
    if (missing !== undefined) throw new Error(missing);
    programs = await unpackValkey();
    if (programs === undefined) throw new Error("the image redis cannot be built");
    const [built] = (await ensureRecipes([recipes.litellm], createReport())) as [BuiltRecipe];
    image = await ImageRoot.unpack(built);
    upstream = await Upstream.start();
    redis = await RedisServer.create(programs);
    await redis.start({
      config: { maxMemoryMi: 64, evictionPolicy: "volatile-lru", persistence: false },
      users: { [LITELLM]: { scripts: true }, [LITELLM_CACHE]: {} },
      passwords: {
        [PROBE_PASSWORD_VARIABLE]: "password-of-the-probe",
        ...Object.fromEntries(
          Object.entries(PASSWORDS).map(([user, password]) => [passwordVariable(user), password]),
        ),
      },
    });
    const connection = (username: string) => ({
      host: "127.0.0.1",
      port: (redis as RedisServer).port,
      username,
      prefix: username,
      tls: false,
    });
    const { env } = serverPod(
      { namespace: "gateway", image: IMAGES.litellm, models: [], apiKeys: {}, tracing: TRACING },
      { name: "config" },
      {},
    );
    const start = async (cacheScope: CacheScope): Promise<void> => {
      const server = await startLiteLlm(
        image as ImageRoot,
        model(),
        {
          redis: connection(LITELLM),
          cache: { redis: connection(LITELLM_CACHE), ttlSeconds: 600 },
          cacheScope,
        },
        { ...env, [REDIS_PASSWORD]: PASSWORDS[LITELLM], [CACHE_PASSWORD]: PASSWORDS[LITELLM_CACHE] },
      );
      servers.set(cacheScope, server);
    };
    await Promise.all([start("everyone"), start("team")]);
  });
  after(async () => {
    await Promise.all([...servers.values()].map(({ stop }) => stop()));
    await redis?.remove();
    upstream?.stop();
    image?.remove();
    if (programs !== undefined) rmSync(programs, { recursive: true });
  });

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
      (redis as RedisServer).run({ user, password: PASSWORDS[user] }, "set", key, "1").out;
    expect(run(LITELLM_CACHE, `${LITELLM_CACHE}:a`)).to.equal("OK");
    expect(run(LITELLM_CACHE, `${LITELLM}:cronjob_lock:update_spend`)).to.contain("NOPERM");
    expect(run(LITELLM, `${LITELLM_CACHE}:a`)).to.contain("NOPERM");
  });

  describe("that ask for no trace", () => {
    for (const [what, request] of Object.entries(UNTRACED)) {
      it(`are refused or traced: ${what}`, async () => {
        const question = randomUUID();
        const { status } = await ask(serverOf("everyone"), ATTACKER, request(question));
        // LiteLLM answers 500 for what it refuses before any hook: it looks for Prisma, which the image lacks.
        expect(status).to.be.oneOf([200, 400, 500]);
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
      const { url, routes: all } = serverOf("everyone");
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
      const { allowed } = serverOf("everyone").routes;
      // LiteLLM takes an allowed route for all below it, too. The guard rejects these kinds of calls.
      const below = allowed.filter((path) => !routes.callers.includes(path));
      expect(below.filter((path) => !/^\/(v1\/)?(models|responses)\//.test(path))).to.deep.equal([]);
      expect(allowed).to.include.members(routes.callers);
    });
  });
});
