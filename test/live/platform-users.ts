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

    /** A pod of the user, with the image of one of the stack's workloads. */
    const createPod = async (name: string, imageOf: string): Promise<void> => {
      const image = await stack.kubectl(
        `-n ${DATA} get ${imageOf} -l app.kubernetes.io/name=etcd -o jsonpath={.items[0].spec.template.spec.containers[0].image}`,
      );
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace: DATA, name, labels: { "app.kubernetes.io/name": "lab" } },
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
      await stack.kubectl(`-n ${DATA} wait --for=condition=Ready pod/${name} --timeout=60s`);
    };

    before(async () => {
      await createPod("lab", "job"); // Python
      await createPod("lab-etcd", "statefulset"); // etcdctl
    });
    after(() => stack.kubectl(`-n ${DATA} delete pod lab lab-etcd`));

    it("of NATS can use only their own subjects; the platform's stream survives the deletion of its server's pod", async () => {
      const natsUrl = await stack.secret(DATA, "nats-user-lab-1", "url");
      expect(await inPod("nats.py", natsUrl, "lab.orders", "1")).to.equal("taken");
      expect(await inPod("nats.py", natsUrl, "others.orders", "1")).to.contain("Permissions Violation");
      const wrong = natsUrl.replace(/:[^:@]+@/, ":wrong@");
      expect(await inPod("nats.py", wrong, "lab.orders", "1")).to.contain("Authorization Violation");
      expect(await inPod("nats.py", natsUrl, "$JS.API.STREAM.CREATE.own", "{}")).to.contain(
        "Permissions Violation",
      );
      expect(await inPod("nats.py", natsUrl, "lab.kept", "1")).to.match(/taken|"stream":"lab"/);
      await stack.kubectl(`-n ${DATA} delete pod nats-0`);
      await stack.kubectl(`-n ${DATA} rollout status statefulset/nats --timeout=300s`);
      expect(await inPod("nats.py", natsUrl, "$JS.API.CONSUMER.INFO.lab.lab", "")).to.contain(
        '"num_pending":1',
      );
    });

    it("of etcd have the keys below its prefix, and no others, and no metrics; they outlive their server's pod", async () => {
      const password = await stack.secret(DATA, "etcd-lab", "password");
      const etcdctl = async (secretInput: string, args: string): Promise<string> => {
        const code = "ETCDCTL_PASSWORD=$(cat); export ETCDCTL_PASSWORD; exec etcdctl --user=lab $0";
        const done = await stack.workplace.shell(
          "live",
          `printf '%s' "$SECRET" | kubectl -n ${DATA} exec -i lab-etcd -- sh -c '${code}' '--endpoints=etcd:2379 ${args}'`,
          { SECRET: secretInput },
        );
        return `${done.stdout}${done.stderr}`.trim();
      };
      expect(await etcdctl(password, "put /lab/one 1")).to.equal("OK");
      expect(await etcdctl(password, "put /other/one 1")).to.contain("permission denied");
      expect(await etcdctl("wrong", "get /lab/one")).to.contain("invalid user ID or password");
      const urls = [2379, 2381, 8080].map(
        (port) => `http://etcd-0.etcd-headless.${DATA}.svc.cluster.local:${port}/metrics`,
      );
      expect(await inPod("answers-http.py", "", ...urls)).to.equal("");
      await stack.kubectl(`-n ${DATA} delete pod etcd-0`);
      await stack.kubectl(`-n ${DATA} rollout status statefulset/etcd --timeout=300s`);
      expect(await etcdctl(password, "get /lab/one")).to.equal("/lab/one\n1");
    });
  });
}
