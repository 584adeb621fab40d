// What Phoenix and Open WebUI let in, serve and keep.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { GATEWAY, type LiveStack } from "./live-stack.ts";
import { eventually } from "./node.ts";

const CHAT = "llm-chat";
const TRACING = "llm-tracing";
const PROTOBUF = "application/x-protobuf";

/** Prints a request with one span, as an OTLP exporter sends it, in base64. */
const SPAN = `
import base64, os, time
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
request = ExportTraceServiceRequest()
spans = request.resource_spans.add()
project = KeyValue(key="openinference.project.name", value=AnyValue(string_value="probe"))
spans.resource.attributes.append(project)
span = spans.scope_spans.add().spans.add(name="posted", trace_id=os.urandom(16), span_id=os.urandom(8))
span.start_time_unix_nano = time.time_ns()
span.end_time_unix_nano = time.time_ns()
print(base64.b64encode(request.SerializeToString()).decode())
`;

interface Request {
  readonly token?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A body that is no bytes and no form goes as JSON, by POST. */
async function ask(url: string, { token, body, headers = {} }: Request = {}): Promise<Response> {
  const raw = body instanceof FormData || body instanceof Buffer ? body : undefined;
  return fetch(url, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      connection: "close",
      ...(raw !== undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
}

const statusOf = async (url: string, request?: Request): Promise<number> => (await ask(url, request)).status;

export function guardsPhoenix(stack: LiveStack): void {
  describe("Phoenix", () => {
    let url: string;
    let systemKey: string;
    let password: string;
    before(async () => {
      url = stack.urls["phoenix"] ?? "";
      systemKey = await stack.secret(GATEWAY, "phoenix-system-key", "key");
      password = await stack.secret(TRACING, "phoenix-admin-password", "password");
    });
    const signIn = (secret: string, headers: Record<string, string> = {}) =>
      ask(`${url}/auth/login`, { body: { email: "admin@localhost", password: secret }, headers });

    it("answers no request without a key", async () => {
      for (const request of [{}, { token: "wrong" }]) {
        for (const path of ["/v1/projects", "/v1/projects/default/spans"])
          expect(await statusOf(`${url}${path}`, request), path).to.equal(401);
        expect(await statusOf(`${url}/graphql`, { ...request, body: {} })).to.equal(401);
      }
    });

    const newSpan = async () => {
      // The image of LiteLLM has OpenTelemetry.
      const printed = await stack.workplace.shellDone(
        "live",
        `kubectl -n ${GATEWAY} exec deployment/litellm -- python3 -c "$CODE"`,
        { CODE: SPAN },
      );
      return { body: Buffer.from(printed, "base64"), headers: { "content-type": PROTOBUF } };
    };

    it("accepts a span only with the system key, and returns it", async () => {
      const span = await newSpan();
      expect(await statusOf(`${url}/v1/traces`, span)).to.equal(401);
      expect(await statusOf(`${url}/v1/traces`, { ...span, token: systemKey })).to.equal(200);
      const spans = await eventually(async () => {
        const answer = await ask(`${url}/v1/projects/probe/spans?limit=20`, { token: systemKey });
        return answer.status === 200 ? answer.text() : undefined;
      });
      expect(spans).to.contain('"posted"');
    });

    it("has a key that sends and reads traces, and manages neither users nor keys", async () => {
      const created = await ask(`${url}/v1/system/api_keys`, {
        token: systemKey,
        body: { data: { name: "probe" } },
      });
      expect(created.status).to.equal(201);
      const { key: token, id } = ((await created.json()) as { data: { key: string; id: string } }).data;
      expect(await statusOf(`${url}/v1/projects`, { token })).to.equal(200);
      expect(await statusOf(`${url}/v1/traces`, { ...(await newSpan()), token })).to.equal(200);
      const user = { email: "probe@example.org", username: "probe", role: "ADMIN", auth_method: "LOCAL" };
      const attempts = {
        "/v1/users": { user: { ...user, password: "Passw0rd!" } },
        "/v1/system/api_keys": { data: { name: "another" } },
      };
      for (const [path, body] of Object.entries(attempts))
        expect(await statusOf(url + path, { token, body }), path).to.equal(403);
      expect(await statusOf(`${url}/v1/users`, { token })).to.equal(403);
      const revoked = await fetch(`${url}/v1/system/api_keys/${encodeURIComponent(id)}`, {
        method: "DELETE",
        headers: { authorization: `Bearer ${systemKey}`, connection: "close" },
      });
      expect(revoked.status).to.equal(204);
      expect(await statusOf(`${url}/v1/projects`, { token })).to.equal(401);
    });

    it("admits its administrator with the generated password, and not with the default one", async () => {
      expect((await signIn(password)).status).to.equal(204);
      expect((await signIn("admin")).status).to.equal(401);
    });

    it("rejects requests from a page of another host", async () => {
      const refused = await signIn(password, { origin: "https://other.example.org" });
      expect([refused.status, await refused.text()]).to.deep.equal([401, "untrusted origin"]);
      expect((await signIn(password, { origin: url })).status).to.equal(204);
    });

    it("has no assistant, no shell and no MCP server, and registers no clients", async () => {
      const text = await (await ask(`${url}/login`)).text();
      const state = (name: string) => new RegExp(`${name}: Boolean\\("(\\w+)" == "True"\\)`).exec(text)?.[1];
      expect(
        ["authenticationEnabled", "agentAssistantDisabled", "agentBashDisabled", "mcpServerEnabled"].map(
          state,
        ),
      ).to.deep.equal(["True", "True", "True", "False"]);
      expect(await statusOf(`${url}/oauth2/register`, { body: {} })).to.equal(404);
    });
  });
}

export function servesOpenWebui(stack: LiveStack): void {
  describe("Open WebUI", () => {
    let url: string;
    let password: string;
    before(async () => {
      url = stack.urls["open-webui"] ?? "";
      password = await stack.secret(CHAT, "open-webui-admin-password", "password");
    });
    const signIn = (secret: string) =>
      ask(`${url}/api/v1/auths/signin`, { body: { email: "admin@localhost", password: secret } });
    const token = async (): Promise<string> =>
      ((await (await signIn(password)).json()) as { token: string }).token;

    it("is alive and ready, and serves its pages", async () => {
      for (const path of ["/health", "/ready", "/health/db"])
        expect(await (await ask(`${url}${path}`)).json(), path).to.deep.equal({ status: true });
      for (const path of ["/", "/static/loader.js"])
        expect(await statusOf(`${url}${path}`), path).to.equal(200);
    });

    it("admits only its administrator with the generated password, and accepts no new users", async () => {
      expect(await statusOf(`${url}/api/models`)).to.equal(401);
      const newcomer = { name: "first", email: "first@example.org", password: "Passw0rd!" };
      expect(await statusOf(`${url}/api/v1/auths/signup`, { body: newcomer })).to.equal(403);
      expect((await signIn("wrong")).status).to.equal(400);
      const admitted = await signIn(password);
      expect(admitted.status).to.equal(200);
      expect(await admitted.json()).to.include({ role: "admin", email: "admin@localhost" });
    });

    it("answers with the gateway's models, and the gateway's traces contain the question", async () => {
      const mine = await token();
      const question = `from the chat: ${randomUUID()}`;
      const body = { model: "mock", stream: false, messages: [{ role: "user", content: question }] };
      const answer = await ask(`${url}/api/chat/completions`, { token: mine, body });
      expect(await answer.text()).to.contain("no model was asked");
      const systemKey = await stack.secret(GATEWAY, "phoenix-system-key", "key");
      const spans = `${stack.urls["phoenix"]}/v1/projects/gateway/spans?limit=50`;
      await eventually(async () =>
        (await (await ask(spans, { token: systemKey })).text()).includes(question) ? true : undefined,
      );
    });

    it("hands no forged answer to others, although it passes on every field of a request", async () => {
      const mine = await token();
      const messages = [{ role: "user", content: `from the chat: ${randomUUID()}` }];
      const complete = (fields: object) =>
        ask(`${url}/api/chat/completions`, {
          token: mine,
          body: { model: "mock", stream: false, messages, ...fields },
        });
      const forged: string[] = [];
      for (const fields of [
        { extra_body: { messages: [{ role: "user", content: "forged" }] } },
        { guided_choice: ["forged"] },
      ])
        forged.push(((await (await complete(fields)).json()) as { id: string }).id);
      const honest = (await (await stack.ask(await stack.masterKey(), { messages })).json()) as {
        id: string;
      };
      expect(forged).to.not.include(honest.id);
      for (const fields of [
        { cache_key: "litellm:cronjob_lock:update_spend" },
        { cache: { ttl: 9_999_999 } },
      ])
        expect(await (await complete(fields)).text()).to.contain("only the gateway itself can set");
    });

    it("ends a session after sign-out, through Redis", async () => {
      const mine = { token: await token() };
      expect(await statusOf(`${url}/api/v1/auths/`, mine)).to.equal(200);
      expect(await statusOf(`${url}/api/v1/auths/signout`, { ...mine, body: {} })).to.equal(200);
      expect(await statusOf(`${url}/api/v1/auths/`, mine)).to.equal(401);
    });

    it("keeps sessions and uploads when its pod is replaced, without errors about rights or folders", async () => {
      const mine = { token: await token() };
      const form = new FormData();
      form.append("file", new Blob(["kept words"], { type: "text/plain" }), "kept.txt");
      const upload = await ask(`${url}/api/v1/files/`, { ...mine, body: form });
      const { id } = (await upload.json()) as { id: string };
      await stack.kubectl(`-n ${CHAT} delete pod open-webui-0`);
      await stack.kubectl(`-n ${CHAT} rollout status statefulset/open-webui --timeout=300s`);
      const kept = await eventually(async () => {
        const answer = await ask(`${url}/api/v1/files/${id}/content`, mine).catch(() => undefined);
        return answer?.status === 200 ? answer.text() : undefined;
      });
      expect(kept).to.equal("kept words");
      const log = await stack.kubectl(`-n ${CHAT} logs open-webui-0`);
      expect(log.split("\n").filter((line) => /NOPERM|denied|Read-only|No module/.test(line))).to.deep.equal(
        [],
      );
    });
  });
}
