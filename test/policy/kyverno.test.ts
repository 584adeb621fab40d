// The policies as Kyverno enforces them: its real admission controller in front of a real API server, asked the same
// requests as the native policies; and what becomes of the cluster when it is dead.
import { expect } from "chai";
import { POLICIES, POLICY_KEYS } from "../../components/admission/policies/index.ts";
import { renderValidatingPolicy } from "../../components/admission/render-kyverno.ts";
import { kyvernoProblem } from "../../sandbox/charts/kyverno.ts";
import { eventually } from "../e2e/kubectl.ts";
import {
  ADMINISTRATOR,
  type AdmissionCase,
  CASES,
  DEVELOPER,
  type Manifest,
  PARAMETERS,
} from "./admission-corpus/index.ts";
import { askAll } from "./admission-policies.ts";
import { AdmissionServer, type Answer } from "./admission-server.ts";
import { KYVERNO_NAMESPACE, KyvernoController } from "./kyverno-controller.ts";

const policies = POLICY_KEYS.map((key) => POLICIES[key](PARAMETERS));
const expectedOf = ({ expected }: AdmissionCase): string =>
  expected === "allowed" ? "allowed" : `denied by ${POLICIES[expected.denied](PARAMETERS).name}`;

/** The policies that a text of Kyverno's names. */
function named(text: string): string[] {
  return policies.map(({ name }) => name).filter((name) => text.includes(name));
}

function verdictOf({ status, message }: Answer): string {
  if (status < 300) return "allowed";
  const [policy, ...others] = named(message);
  const isDenial = message.includes("denied the request") && policy !== undefined && others.length === 0;
  return isDenial ? `denied by ${policy}` : `broken: ${String(status)} ${message}`;
}

const found = (answers: readonly Answer[], verdict: (answer: Answer) => string) =>
  CASES.map(({ name }, index) => {
    const answer = answers[index];
    return `${name}: ${answer === undefined ? "no answer" : verdict(answer)}`;
  });
const wanted = (verdict: (asked: AdmissionCase) => string) =>
  CASES.map((asked) => `${asked.name}: ${verdict(asked)}`);

describe("the admission policies, by Kyverno's admission controller", function () {
  this.timeout("3m");
  let server: AdmissionServer;
  let kyverno: KyvernoController;

  before("needs Kyverno's Go module", async function () {
    this.timeout("60m"); // Kyverno may have to be built.
    if ((await kyvernoProblem()) !== undefined) return this.skip();
    server = await AdmissionServer.start();
    kyverno = await KyvernoController.start(server.kubectl);
  });
  after(async () => {
    await (kyverno as KyvernoController | undefined)?.stop();
    await (server as AdmissionServer | undefined)?.stop();
  });

  const pod = (namespace: string, fields: Partial<Manifest["metadata"]> = {}, spec: object = {}) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "plain", namespace, ...fields },
    spec: { containers: [{ name: "app", image: "registry.example.org/app:1.0.0", ...spec }] },
  });
  const gpu = { resources: { limits: { "nvidia.com/gpu": "1" } } };
  const create = (object: Manifest, as = DEVELOPER) =>
    server.ask({ name: "", operation: "CREATE", object, as, expected: "allowed" });
  /** A moment passes until the API server knows a webhook. */
  const refusesGpu = () =>
    eventually(
      () => create(pod("team-a", {}, gpu)),
      ({ status }) => status >= 400,
    );

  it("reject exactly the same as the native policies", async () => {
    await kyverno.apply(...policies.map((policy) => renderValidatingPolicy(policy, "enforce")));
    await refusesGpu();
    expect(found(await askAll(server), verdictOf)).to.deep.equal(wanted(expectedOf));
  });

  it("show the user what to write", async () => {
    const { message } = await create(pod("team-a", {}, gpu));
    expect(message).to.include("kueue.x-k8s.io/queue-name").and.include("gpu");
  });

  it("ignore exceptions: one is accepted with a warning, and the policy stays in force", async () => {
    const exception = {
      apiVersion: "policies.kyverno.io/v1",
      kind: "PolicyException",
      metadata: { name: "everything", namespace: KYVERNO_NAMESPACE },
      spec: { policyRefs: policies.map(({ name }) => ({ name, kind: "ValidatingPolicy" })) },
    };
    const { code, output } = await server.kubectl.tryCreate(exception);
    expect(code, output).to.equal(0);
    expect(output).to.include("would not be processed until it is enabled");
    expect((await create(pod("team-a", {}, gpu))).status).to.be.at.least(400);
    await server.kubectl.run(`-n ${KYVERNO_NAMESPACE} delete policyexceptions.policies.kyverno.io --all`);
  });

  it("admit the request in audit mode, and warn the caller", async () => {
    await kyverno.apply(...policies.map((policy) => renderValidatingPolicy(policy, "audit")));
    const isLetThrough = ({ status }: Answer) => status < 300;
    await eventually(() => create(pod("team-a", {}, gpu)), isLetThrough);
    const answers = await askAll(server);
    expect(found(answers, verdictOf)).to.deep.equal(wanted(() => "allowed"));
    const warned = (answer: Answer): string =>
      named(answer.warnings.join("\n")).map((name) => `denied by ${name}`)[0] ?? "allowed";
    expect(found(answers, warned)).to.deep.equal(wanted(expectedOf));
  });

  it("reject exactly what they select while Kyverno is down", async () => {
    await kyverno.apply(...policies.map((policy) => renderValidatingPolicy(policy, "enforce")));
    await refusesGpu();
    await kyverno.kill();
    const status = async (object: Manifest, as?: typeof DEVELOPER) => (await create(object, as)).status;
    const isCalled = ({ message }: Answer) => message.includes("failed calling webhook");
    // An object that cannot be checked.
    for (const namespace of ["team-a", "platform"]) {
      const answer = await create(pod(namespace));
      expect(isCalled(answer), `${namespace}: ${answer.message}`).to.equal(true);
    }
    // What has to go on: the cluster itself, Kyverno, and who is under no policy.
    for (const namespace of ["kube-system", KYVERNO_NAMESPACE, "unmanaged"])
      expect(await status(pod(namespace), ADMINISTRATOR), namespace).to.equal(201);
    const account = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "any", namespace: "team-a" },
    };
    expect((await server.kubectl.tryCreate(account)).code).to.equal(0);
  });

  it("leave no webhook behind, because their label finds all", async () => {
    expect(await kyverno.webhookConfigurations()).not.to.deep.equal([]);
    await kyverno.stop();
    expect(await kyverno.webhookConfigurations()).to.deep.equal([]);
    const all = await server.kubectl.run(
      "get validatingwebhookconfigurations,mutatingwebhookconfigurations -o name",
    );
    expect(all).not.to.include("kyverno");
    await eventually(
      () => create(pod("team-a")),
      ({ status }) => status === 201,
    );
  });
});
