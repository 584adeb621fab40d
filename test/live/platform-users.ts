// Users that are no application of the platform: a pod of theirs beside the servers.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { checkout } from "../../sandbox/paths.ts";
import { DATA, type LiveStack } from "./live-stack.ts";
import { hardened, hardenedPod } from "./node.ts";

export function letsUsers(stack: LiveStack): void {
  describe("lets a user", () => {
    const fixtures = join(checkout, "test/fixtures/lab-user");
    /** A script of the fixtures in the user's pod; what is secret goes in on standard input. */
    const inPod = async (
      script: string,
      secretInput: string,
      ...args: readonly string[]
    ): Promise<string> => {
      const code = readFileSync(join(fixtures, script), "utf8");
      const quoted = args.map((each) => `'${each}'`).join(" ");
      const done = await stack.workplace.shell(
        "live",
        `printf '%s' "$SECRET" | kubectl -n ${DATA} exec -i lab -- python3 -c "$CODE" ${quoted}`,
        { CODE: code, SECRET: secretInput },
      );
      expect(done.code, done.stderr).to.equal(0);
      return done.stdout.trim();
    };

    before(async () => {
      const image = await stack.kubectl(
        `-n ${DATA} get job -l app.kubernetes.io/name=etcd -o jsonpath={.items[0].spec.template.spec.containers[0].image}`,
      );
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace: DATA, name: "lab", labels: { "app.kubernetes.io/name": "lab" } },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 1,
          securityContext: hardenedPod,
          containers: [{ name: "lab", image, command: ["sleep", "infinity"], securityContext: hardened }],
        },
      };
      await stack.workplace.shellDone("live", `printf '%s' "$POD" | kubectl create -f -`, {
        POD: JSON.stringify(pod),
      });
      await stack.kubectl(`-n ${DATA} wait --for=condition=Ready pod/lab --timeout=60s`);
    });
    after(() => stack.kubectl(`-n ${DATA} delete pod lab`));

    it("of NATS can use only their own subjects; a stream survives the deletion of its server's pod", async () => {
      const natsUrl = await stack.secret(DATA, "nats-user-lab-1", "url");
      expect(await inPod("nats.py", natsUrl, "lab.orders", "1")).to.equal("taken");
      expect(await inPod("nats.py", natsUrl, "others.orders", "1")).to.contain("Permissions Violation");
      const wrong = natsUrl.replace(/:[^:@]+@/, ":wrong@");
      expect(await inPod("nats.py", wrong, "lab.orders", "1")).to.contain("Authorization Violation");
      const stream = JSON.stringify({ name: "lab", subjects: ["lab.kept"], storage: "file" });
      expect(await inPod("nats.py", natsUrl, "$JS.API.STREAM.CREATE.lab", stream)).to.contain('"name":"lab"');
      await stack.kubectl(`-n ${DATA} delete pod nats-0`);
      await stack.kubectl(`-n ${DATA} rollout status statefulset/nats --timeout=300s`);
      expect(await inPod("nats.py", natsUrl, "$JS.API.STREAM.INFO.lab", "")).to.contain(
        '"subjects":["lab.kept"]',
      );
    });

    it("of etcd have the keys below its prefix, and no others; they outlive their server's pod", async () => {
      const password = await stack.secret(DATA, "etcd-lab", "password");
      const etcd = (key: string, ...value: readonly string[]): Promise<string> =>
        inPod("etcd.py", password, `etcd.${DATA}.svc.cluster.local:2379`, "lab", key, ...value);
      expect(await etcd("/lab/one", "1")).to.equal("1");
      expect(await etcd("/other/one", "1")).to.contain("permission denied");
      expect(
        await inPod("etcd.py", "wrong", `etcd.${DATA}.svc.cluster.local:2379`, "lab", "/lab/one"),
      ).to.contain("invalid user ID or password");
      await stack.kubectl(`-n ${DATA} delete pod etcd-0`);
      await stack.kubectl(`-n ${DATA} rollout status statefulset/etcd --timeout=300s`);
      expect(await etcd("/lab/one")).to.equal("1");
    });
  });
}
