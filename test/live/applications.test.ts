// Tracing and chat on real pods as their components render them: Secrets, volumes, probes and network policies, over
// PostgreSQL, Redis and a gateway whose model is a mock.
import { expect } from "chai";
import { imageReference } from "../../components/core/images.ts";
import { startPlatformNode } from "../../sandbox/live/platform.ts";
import { mockPassword, record, type RecordedResource } from "../harness.ts";
import { eventually, pod, report, TestNode } from "./node.ts";
import { builtImage, manifests, MODEL, tracingAndChat } from "./tracing-chat.ts";

const CLIENT = { namespace: "client", podLabels: { app: "client" } };
const APPLICATIONS = ["tracing", "gateway", "chat"];

/** Asks what comes in on standard input, and says what came back. Bodies are base64. */
const ASK = `
import base64, json, sys, urllib.error, urllib.request
asked = json.load(sys.stdin)
body = base64.b64decode(asked["body"]) if "body" in asked else None
request = urllib.request.Request(asked["url"], body, asked["headers"], method=asked["method"])
try:
    answer = urllib.request.urlopen(request, timeout=30)
except urllib.error.HTTPError as error:
    answer = error
print(json.dumps({"status": answer.status, "text": answer.read().decode()}))
`;

/** A request with one span, in protobuf: what an OTLP exporter sends. */
const SPAN = `
import base64, os, sys, time
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

interface Answer {
  readonly status: number;
  readonly text: string;
}

describe("tracing and chat on the live node", function () {
  this.timeout("15m");
  let node: TestNode;

  before(async () => {
    const recording = await record(() => {
      tracingAndChat(CLIENT);
    });
    node = await TestNode.start((options) =>
      startPlatformNode(report, {
        ...options,
        names: ["postgres", "redis", "litellm", "phoenix", "openWebui"],
      }),
    );
    const isFoundation = ({ type }: RecordedResource) => /:(Namespace|NetworkPolicy)$/.test(type);
    await node.apply(...manifests(recording, isFoundation));
    const apply = (namespace: string) =>
      node.apply(
        ...manifests(
          recording,
          (resource) => !isFoundation(resource) && resource.id.startsWith(`${namespace}/`),
        ),
      );
    await node.namespace(CLIENT.namespace);
    const python = { image: imageReference(builtImage("litellm")), imagePullPolicy: "IfNotPresent" };
    await node.apply(pod(CLIENT.namespace, "client", { ...python, command: ["sleep", "3600"], args: [] }));
    await apply("data");
    await ready("data", "job", "--all", "condition=Complete");
    for (const namespace of APPLICATIONS) await apply(namespace);
    for (const namespace of APPLICATIONS) await ready(namespace, "pod", "--all", "condition=Ready");
    await ready(CLIENT.namespace, "pod", "--all", "condition=Ready");
  });
  after(() => node.stop());

  async function ready(namespace: string, kind: string, which: string, condition: string): Promise<void> {
    const wait = ["wait", kind, which, `--for=${condition}`, "--timeout=300s"];
    const { code, stderr } = await node.try(["-n", namespace, ...wait]);
    if (code === 0) return;
    const logs = ["logs", "--selector=app.kubernetes.io/part-of", "--prefix", "--tail=30"];
    throw new Error(`${namespace}: ${stderr}\n${(await node.try(["-n", namespace, ...logs])).stdout}`);
  }

  const inClient = (script: string, input = ""): Promise<string> =>
    node.kubectl(["-n", CLIENT.namespace, "exec", "-i", "client", "--", "python3", "-c", script], input);

  async function ask(
    method: string,
    url: string,
    {
      body,
      headers = {},
    }: { readonly body?: object | Buffer; readonly headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body ?? ""));
    const asked = {
      method,
      url,
      headers: { "Content-Type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: bytes.toString("base64") }),
    };
    return JSON.parse(await inClient(ASK, JSON.stringify(asked))) as Answer;
  }

  const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
  const names = (answer: Answer): string[] =>
    (JSON.parse(answer.text) as { data: { name: string }[] }).data.map(({ name }) => name);

  describe("Phoenix", () => {
    const url = "http://phoenix.tracing.svc.cluster.local:6006";
    const systemKey = `px1${mockPassword("phoenix-system-key-value", 48)}`;
    const password = `px1${mockPassword("phoenix-admin-password-value", 48)}`;
    const signIn = (secret: string, headers: Record<string, string> = {}) =>
      ask("POST", `${url}/auth/login`, { body: { email: "admin@localhost", password: secret }, headers });
    const spansOf = async (project: string): Promise<string[] | undefined> => {
      const answer = await ask("GET", `${url}/v1/projects/${project}/spans?limit=20`, bearer(systemKey));
      const found = answer.status === 200 ? names(answer) : [];
      return found.length > 0 ? found : undefined;
    };

    it("tells nobody anything who has no key", async () => {
      for (const headers of [{}, bearer("wrong").headers]) {
        for (const path of ["/v1/projects", "/v1/projects/default/spans"])
          expect(await ask("GET", `${url}${path}`, { headers }), path).to.include({ status: 401 });
        expect(await ask("POST", `${url}/graphql`, { body: {}, headers })).to.include({ status: 401 });
      }
    });

    it("takes a span with the system key alone, and gives it back", async () => {
      const body = Buffer.from(await inClient(SPAN), "base64");
      const headers = { "Content-Type": "application/x-protobuf" };
      expect(await ask("POST", `${url}/v1/traces`, { body, headers })).to.include({ status: 401 });
      expect(
        await ask("POST", `${url}/v1/traces`, {
          body,
          headers: { ...headers, ...bearer(systemKey).headers },
        }),
      ).to.include({ status: 200 });
      expect(await eventually(() => spansOf("probe"))).to.deep.equal(["posted"]);
    });

    it("lets its administrator in with the password that was made, not with the one that everybody knows", async () => {
      expect(await signIn(password)).to.include({ status: 204 });
      expect(await signIn("admin")).to.include({ status: 401 });
    });

    it("refuses what a page of another host sends", async () => {
      expect(await signIn(password, { Origin: "https://other.example.org" })).to.deep.equal({
        status: 401,
        text: "untrusted origin",
      });
      expect(await signIn(password, { Origin: "http://localhost:6006" })).to.include({ status: 204 });
    });

    it("has no assistant, no shell, no MCP server, and registers no clients", async () => {
      const { text } = await ask("GET", `${url}/login`);
      const state = (name: string) => new RegExp(`${name}: Boolean\\("(\\w+)" == "True"\\)`).exec(text)?.[1];
      expect(
        ["authenticationEnabled", "agentAssistantDisabled", "agentBashDisabled", "mcpServerEnabled"].map(
          state,
        ),
      ).to.deep.equal(["True", "True", "True", "False"]);
      expect(await ask("POST", `${url}/oauth2/register`, { body: {} })).to.include({ status: 404 });
    });
  });

  describe("Open WebUI", () => {
    const url = "http://open-webui.chat.svc.cluster.local:8080";
    const password = mockPassword("open-webui-admin-password-value", 48);
    const signIn = (secret: string) =>
      ask("POST", `${url}/api/v1/auths/signin`, { body: { email: "admin@localhost", password: secret } });
    const token = async (): Promise<string> =>
      (JSON.parse((await signIn(password)).text) as { token: string }).token;

    it("is alive and ready", async () => {
      for (const path of ["/health", "/ready", "/health/db"])
        expect(await ask("GET", `${url}${path}`), path).to.deep.equal({
          status: 200,
          text: '{"status":true}',
        });
    });

    it("serves its pages and what it copied at its start", async () => {
      for (const path of ["/", "/static/loader.js"])
        expect(await ask("GET", `${url}${path}`), path).to.include({ status: 200 });
    });

    it("lets nobody in, and makes nobody a user, but its administrator with the password that was made", async () => {
      expect(await ask("GET", `${url}/api/models`)).to.include({ status: 401 });
      const newcomer = { name: "first", email: "first@example.org", password: "Passw0rd!" };
      expect(await ask("POST", `${url}/api/v1/auths/signup`, { body: newcomer })).to.include({ status: 403 });
      expect(await signIn("wrong")).to.include({ status: 400 });
      const { status, text } = await signIn(password);
      expect(status).to.equal(200);
      expect(JSON.parse(text)).to.include({ role: "admin", email: "admin@localhost" });
    });

    it("answers by the gateway's models, and the gateway's traces tell of it", async () => {
      const signedIn = bearer(await token());
      const models = await ask("GET", `${url}/api/models`, signedIn);
      expect(names(models)).to.include(MODEL.name);
      const body = { model: MODEL.name, stream: false, messages: [{ role: "user", content: "Hello?" }] };
      const answer = await ask("POST", `${url}/api/chat/completions`, { body, ...signedIn });
      expect(answer.text).to.include(MODEL.response);
      const phoenix = "http://phoenix.tracing.svc.cluster.local:6006/v1/projects/gateway/spans?limit=20";
      const key = bearer(`px1${mockPassword("phoenix-system-key-value", 48)}`);
      const trace = await eventually(async () => {
        const { text } = await ask("GET", phoenix, key);
        return text.includes(MODEL.response) ? text : undefined;
      });
      expect(trace).to.include("Hello?");
    });

    it("forgets a session that is signed out, by way of Redis", async () => {
      const mine = bearer(await token());
      expect(await ask("GET", `${url}/api/v1/auths/`, mine)).to.include({ status: 200 });
      expect(await ask("POST", `${url}/api/v1/auths/signout`, { ...mine, body: {} })).to.include({
        status: 200,
      });
      expect(await ask("GET", `${url}/api/v1/auths/`, mine)).to.include({ status: 401 });
    });

    it("keeps sessions and uploads when its pod is replaced", async () => {
      const mine = bearer(await token());
      const body = Buffer.from(
        '--x\r\nContent-Disposition: form-data; name="file"; filename="kept.txt"\r\n' +
          "Content-Type: text/plain\r\n\r\nkept words\r\n--x--\r\n",
      );
      const headers = { ...mine.headers, "Content-Type": "multipart/form-data; boundary=x" };
      const upload = await ask("POST", `${url}/api/v1/files/`, { body, headers });
      const { id } = JSON.parse(upload.text) as { id: string };
      await node.kubectl(["-n", "chat", "delete", "pod", "open-webui-0"]);
      await node.kubectl(["-n", "chat", "wait", "--for=create", "pod/open-webui-0", "--timeout=60s"]);
      await ready("chat", "pod", "--all", "condition=Ready");
      const kept = await eventually(async () => {
        const answer = await ask("GET", `${url}/api/v1/files/${id}/content`, mine);
        return answer.status === 200 ? answer.text : undefined;
      });
      expect(kept).to.equal("kept words");
    });

    it("was refused nothing by Redis, and lacks no program or folder", async () => {
      const logs = await node.kubectl(["-n", "chat", "logs", "open-webui-0"]);
      expect(logs.split("\n").filter((line) => /NOPERM|denied|Read-only|No module/.test(line))).to.deep.equal(
        [],
      );
    });
  });
});
