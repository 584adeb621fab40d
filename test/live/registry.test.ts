// Images come over the wire: pods pull by digest from the registry inside, and what it lacks is a missing image.
import { expect } from "chai";
import { startPlatformNode } from "../../sandbox/live/platform.ts";
import type { BuiltImage } from "../../sandbox/live/images/build.ts";
import { eventually, pod, report, TestNode } from "./node.ts";

describe("the registry of the live node", function () {
  this.timeout("10m");
  let node: TestNode;
  let postgres: BuiltImage;
  const namespace = "pulls";

  before(async () => {
    node = await TestNode.start(async (options) => {
      const running = await startPlatformNode(report, { ...options, names: ["postgres"] });
      const [image] = running.images;
      if (image === undefined) throw new Error("no image was built");
      postgres = image;
      return running;
    });
    await node.namespace(namespace);
  });
  after(() => node.stop());

  const byDigest = (digest: string): string => `${postgres.reference.replace(/:[^:/]*$/, "")}@${digest}`;
  const image = (reference: string): Record<string, unknown> => ({
    image: reference,
    imagePullPolicy: "Always",
  });

  it("gives PostgreSQL by its digest: it starts hardened, and keeps its data when its pod is replaced", async () => {
    const container = {
      ...image(byDigest(postgres.digest)),
      args: [],
      env: [
        { name: "POSTGRES_PASSWORD", value: "for this test" },
        { name: "PGPASSWORD", value: "for this test" },
        { name: "PGDATA", value: "/var/lib/postgresql/data/pgdata" },
      ],
      readinessProbe: {
        exec: { command: ["pg_isready", "-U", "postgres", "-h", "127.0.0.1"] },
        periodSeconds: 1,
      },
      volumeMounts: [
        { name: "data", mountPath: "/var/lib/postgresql/data" },
        { name: "run", mountPath: "/var/run/postgresql" },
        { name: "tmp", mountPath: "/tmp" },
      ],
    };
    const spec = {
      securityContext: { runAsUser: 999, runAsGroup: 999, fsGroup: 999 },
      terminationGracePeriodSeconds: 30,
      volumes: [
        { name: "data", persistentVolumeClaim: { claimName: "data" } },
        { name: "run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
        { name: "tmp", emptyDir: {} },
      ],
    };
    const psql = (command: string): Promise<string> =>
      node.exec(namespace, "postgres", "psql", "-h", "127.0.0.1", "-U", "postgres", "-Atc", command);
    const claim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { namespace, name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    };
    await node.apply(claim, pod(namespace, "postgres", container, spec));
    await node.waitFor(namespace, "pod/postgres", "condition=Ready");
    await psql("create table kept as select 42 as answer");
    await node.kubectl(["-n", namespace, "delete", "pod", "postgres"]);
    await node.apply(pod(namespace, "postgres", container, spec));
    await node.waitFor(namespace, "pod/postgres", "condition=Ready");
    expect(await psql("select answer from kept")).to.equal("42");
    const pulled = await node.jsonpath(namespace, "pod/postgres", ".status.containerStatuses[0].imageID");
    expect(pulled).to.include(postgres.digest);
  });

  it("does not have another digest, nor another tag", async () => {
    const absent = byDigest(`sha256:${"0".repeat(64)}`);
    const untagged = `${postgres.reference}-nobody-built-this`;
    for (const [name, reference] of Object.entries({ absent, untagged })) {
      await node.apply(pod(namespace, name, image(reference)));
      const message = await eventually(async () => {
        const path = ".status.containerStatuses[0].state.waiting";
        const reason = await node.jsonpath(namespace, `pod/${name}`, `${path}.reason`);
        return reason === "ErrImagePull"
          ? node.jsonpath(namespace, `pod/${name}`, `${path}.message`)
          : undefined;
      });
      expect(message).to.include("not found");
    }
  });
});
