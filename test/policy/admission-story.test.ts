// What people and controllers meet whose objects the native policies look at: on a real API server, with the controllers of
// Kubernetes that make objects of objects.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { POLICIES, POLICY_KEYS, type PolicyKey } from "../../components/admission/policies/index.ts";
import { KUEUE_MANAGED } from "../../components/core/labels.ts";
import { EXAMPLES } from "../../stacks/docs/admission.ts";
import { eventually } from "../e2e/kubectl.ts";
import { namespace as namespaceObject, podSpec as restricted } from "../e2e/objects.ts";
import { controller, cronJob, job, ONE_GPU, pod, relabelled } from "./admission-corpus/build.ts";
import { DEPLOYER, DEVELOPER, type Manifest, NAMESPACES, PARAMETERS } from "./admission-corpus/index.ts";
import { inForce } from "./admission-policies.ts";
import { AdmissionServer } from "./admission-server.ts";

const QUEUE = { "kueue.x-k8s.io/queue-name": "gpu" };
const AS_DEVELOPER = `--as=${DEVELOPER.name} --as-group=developers`;
const PAGE = join(import.meta.dirname, "..", "..", "docs", "admission.md");

const named = (object: Manifest, name: string): Manifest => ({
  ...object,
  metadata: { ...object.metadata, name },
});

describe("under the native admission policies", function () {
  this.timeout("2m");
  let server: AdmissionServer;

  before(async function () {
    this.timeout("60m"); // Tools may have to be built.
    server = await AdmissionServer.start();
    await server.kubectl.create(named(job(ONE_GPU, {}, undefined, { suspend: true }), "old"));
    await inForce(
      server,
      POLICY_KEYS.map((key) => POLICIES[key](PARAMETERS)),
      "enforce",
    );
  });
  after(() => server.stop());

  it("a user of a tenant's namespace who requests a GPU reads what to write, writes it, and gets it", async () => {
    const trainer = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "trainer", namespace: "team-a" },
      spec: restricted({ resources: ONE_GPU }),
    };
    const create = `-n team-a create ${AS_DEVELOPER} -f -`;
    const { code, output } = await server.kubectl.try(create, [trainer]);
    expect(code).to.equal(1);
    expect(output).to.include(`denied request: ${EXAMPLES.requireQueueName}`);
    const line = /"([^"]+): ([^"]+)"/.exec(output.slice(output.indexOf("Add under metadata.labels")));
    const [, key = "", value = ""] = line ?? [];
    const labelled = { ...trainer, metadata: { ...trainer.metadata, labels: { [key]: value } } };
    expect(await server.kubectl.run(create, [labelled])).to.include("pod/trainer created");
  });

  const tenant = NAMESPACES[0] ?? pod({});
  const SENT: Readonly<
    Record<Exclude<PolicyKey, "requireQueueName">, () => ReturnType<AdmissionServer["ask"]>>
  > = {
    guardLabels: () =>
      server.ask({
        name: "",
        operation: "UPDATE",
        before: tenant,
        object: relabelled(
          tenant,
          Object.fromEntries(
            Object.entries(tenant.metadata.labels ?? {}).filter(([key]) => key !== KUEUE_MANAGED),
          ),
        ),
        expected: "allowed",
      }),
    pinnedImages: () =>
      created(named(controller("Deployment", { image: "docker.io/library/nginx:latest" }), "web")),
    gatewayVersion: () =>
      created(named(controller("Deployment", { image: "ghcr.io/berriai/litellm:v1.82.7" }), "proxy")),
    tenantPods: () => created(named(controller("Deployment", { spec: { nodeName: "node-1" } }), "agent")),
    tenantObjects: () =>
      created({
        apiVersion: "v1",
        kind: "Secret",
        type: "kubernetes.io/service-account-token",
        metadata: {
          name: "forever",
          namespace: "team-a",
          annotations: { "kubernetes.io/service-account.name": "default" },
        },
      }),
  };
  const created = (object: Manifest) =>
    server.ask({ name: "", operation: "CREATE", object, expected: "allowed" });
  for (const [key, send] of Object.entries(SENT)) {
    it(`a rejected user reads what to write: ${key}`, async () =>
      expect((await send()).message.replace(/^.*denied request: /, "")).to.equal(
        EXAMPLES[key as keyof typeof SENT],
      ));
  }

  const MESSAGES: readonly [what: string, object: Manifest, message: RegExp][] = [
    [
      "where the label of a CronJob belongs",
      cronJob(ONE_GPU, { own: QUEUE }),
      /Add under spec\.jobTemplate\.metadata\.labels the line "kueue\.x-k8s\.io\/queue-name: gpu"/,
    ],
    [
      "which queue there is not",
      pod(ONE_GPU, { labels: { "kueue.x-k8s.io/queue-name": "gpuu" } }),
      /\(queues there: gpu, batch\); it has no queue "gpuu"$/,
    ],
    [
      "whom to ask where there is no queue",
      pod(ONE_GPU, { namespace: "team-c" }),
      /The namespace has no queue. Ask the administrators of the platform for one$/,
    ],
  ];
  for (const [what, object, message] of MESSAGES) {
    it(`a rejected user reads ${what}`, async () =>
      expect((await created(named(object, "x"))).message).to.match(message));
  }

  it("a user without a digest reads where to write it", async () => {
    const policy = { ...POLICIES.pinnedImages({ ...PARAMETERS, requireDigests: true }), name: "digests" };
    const { remove } = await inForce(server, [policy], "enforce");
    const digest = `sha256:${"0a".repeat(32)}`;
    expect((await created(named(pod({ image: "docker.io/library/nginx:1.29.3" }), "web"))).message).to.match(
      /image docker\.io\/library\/nginx:1\.29\.3 has no digest, so its content can change\. Add the digest: docker\.io\/library\/nginx:1\.29\.3@sha256:<digest>$/,
    );
    const pinned = named(pod({ image: `docker.io/library/nginx:1.29.3@${digest}` }), "web");
    expect((await created(pinned)).status).to.equal(201);
    await remove();
    await eventually(
      () => created(named(pod({}), "by-tag")),
      ({ status }) => status === 201,
    );
  });

  it("the documentation quotes the messages for callers", () => {
    const page = readFileSync(PAGE, "utf8");
    for (const message of Object.values(EXAMPLES)) expect(page).to.include(message);
  });

  const pods = (owner: string) =>
    server.kubectl.value(`-n team-a pods -l ${owner}`, ".items[*].metadata.name");
  const isThere = (names: string): boolean => names !== "";

  it("the job controller creates the pods of a Job with its queue", async () => {
    await server.kubectl.create(named(job(ONE_GPU, { labels: QUEUE }), "made"));
    await eventually(() => pods("batch.kubernetes.io/job-name=made"), isThere);
  });

  it("the jobs of a CronJob have its queue, and their pods are created", async () => {
    await server.kubectl.create(named(cronJob(ONE_GPU, { job: QUEUE }), "nightly"));
    await server.kubectl.run(`-n team-a create job ${AS_DEVELOPER} --from=cronjob/nightly by-hand`);
    await eventually(() => pods("batch.kubernetes.io/job-name=by-hand"), isThere);
  });

  it("a Deployment whose label Kueue copies to no pod has none, and its events show why", async () => {
    await server.kubectl.create(named(controller("Deployment", ONE_GPU, { labels: QUEUE }), "uncopied"));
    const messages = await eventually(
      () =>
        server.kubectl.value("-n team-a events --field-selector reason=FailedCreate", ".items[*].message"),
      isThere,
    );
    expect(messages).to.include("Add under metadata.labels");
    expect(await pods("app=controller")).not.to.include("uncopied");
  });

  it("an older Job does not start, and can be deleted with its finalizers", async () => {
    const started = await server.kubectl.try(
      `-n team-a patch job old --type=merge -p {"spec":{"suspend":false}}`,
    );
    expect(started.output).to.include("llm-platform-require-queue-name");
    await server.kubectl.run(`-n team-a delete job old --cascade=foreground --timeout=30s`);
  });

  it("the deployer can delete a tenant's namespace with its contents", async () => {
    const gone = namespaceObject("gone", { [KUEUE_MANAGED]: "true" });
    const as = (user: string, group: string) => `--as=${user} --as-group=${group}`;
    const deployer = as(DEPLOYER.name, "deployers");
    await server.kubectl.run(`create ${deployer} -f -`, [gone]);
    expect(
      (await server.kubectl.try(`delete namespace gone ${AS_DEVELOPER} --wait=false`)).output,
    ).to.include("llm-platform-guard-labels");
    await server.kubectl.run(`delete namespace gone ${deployer} --wait=false`);
    await eventually(
      () => server.kubectl.value("namespace gone", ".metadata.name"),
      (name) => name === "",
    );
  });
});
