// Network policies by real connections: what reached its end before, is refused under the policy, and comes back.
import { expect } from "chai";
import { network } from "../../sandbox/live/layout.ts";
import { eventually, pod, type TestNode } from "./node.ts";

const shop = "shop";
const street = "street";

interface Attempt {
  readonly from: string;
  readonly protocol: "tcp" | "udp";
  readonly to: string;
}

const policy = (name: string, spec: Record<string, unknown>): unknown => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { namespace: shop, name },
  spec,
});

const denyAll = policy("deny-all", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
const only = (app: string): Record<string, unknown> => ({ matchLabels: { app } });
const nameOf = (namespace: string): Record<string, unknown> => ({
  matchLabels: { "kubernetes.io/metadata.name": namespace },
});

export function enforcesNetworkPolicies(running: () => TestNode): void {
  describe("network policies", () => {
    let node: TestNode;

    before(async () => {
      node = running();
      await node.namespace(shop);
      await node.namespace(street, { "open-to": "everybody" });
      await node.apply(
        pod(shop, "server", {
          args: ["serve", "8080", "8081", "8085", "udp:9090"],
          ports: [
            { name: "http", containerPort: 8080 },
            { name: "echo", containerPort: 9090, protocol: "UDP" },
          ],
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
        }),
        pod(shop, "client", {}),
        pod(street, "stranger", { args: ["serve", "8080"] }),
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { namespace: shop, name: "server" },
          spec: {
            selector: { app: "server" },
            ports: [
              { name: "tcp", port: 80, targetPort: 8080 },
              { name: "other", port: 81, targetPort: 8081 },
              { name: "high", port: 85, targetPort: 8085 },
              { name: "udp", port: 90, targetPort: 9090, protocol: "UDP" },
            ],
          },
        },
      );
      for (const [namespace, name] of [
        [shop, "server"],
        [shop, "client"],
        [street, "stranger"],
      ] as const) {
        await node.waitFor(namespace, `pod/${name}`, "condition=Ready");
        addresses.set(name, await node.jsonpath(namespace, `pod/${name}`, ".status.podIP"));
      }
      server = await node.jsonpath(shop, "service/server", ".spec.clusterIP");
    });

    afterEach(async () => {
      await node.kubectl(["-n", shop, "delete", "networkpolicies", "--all"]);
    });

    const addresses = new Map<string, string>();
    const address = (name: string): string => addresses.get(name) ?? "";
    let server = "";

    /** By address, so that only the connection itself is judged. */
    const attempts = (): Record<string, Attempt> => ({
      "client to server:8080": { from: "client", protocol: "tcp", to: `${server}:80` },
      "client to server:8081": { from: "client", protocol: "tcp", to: `${server}:81` },
      "client to server:8085": { from: "client", protocol: "tcp", to: `${address("server")}:8085` },
      "client to server:9090/udp": { from: "client", protocol: "udp", to: `${server}:90` },
      "client to stranger": { from: "client", protocol: "tcp", to: `${address("stranger")}:8080` },
      "client to API server": { from: "client", protocol: "tcp", to: "10.96.0.1:443" },
      "client to kubelet": { from: "client", protocol: "tcp", to: `${network.node}:10250` },
      "client to DNS": { from: "client", protocol: "tcp", to: `${network.dns}:53` },
      "server to itself": { from: "server", protocol: "tcp", to: `${server}:80` },
      "stranger to server:8080": { from: "stranger", protocol: "tcp", to: `${server}:80` },
      "stranger to server:8081": { from: "stranger", protocol: "tcp", to: `${address("server")}:8081` },
      "stranger to API server": { from: "stranger", protocol: "tcp", to: "10.96.0.1:443" },
    });

    async function reached(): Promise<string[]> {
      const results = await Promise.all(
        Object.entries(attempts()).map(async ([what, { from, protocol, to }]) => {
          const namespace = from === "stranger" ? street : shop;
          const command = ["exec", from, "--", "/bin/pod-probe", "connect", protocol, to];
          return (await node.try(["-n", namespace, ...command])).code === 0 ? [what] : [];
        }),
      );
      return results.flat().toSorted();
    }

    /** The enforcer follows within a moment; what counts is where it ends. */
    async function expectReached(expected: readonly string[]): Promise<void> {
      const wanted = expected.toSorted();
      let last: string[] = [];
      for (let attempt = 0; attempt < 5; attempt++) {
        last = await reached();
        if (last.join() === wanted.join()) return;
      }
      expect(last).to.deep.equal(wanted);
    }

    const everything = (): string[] => Object.keys(attempts());
    const fromStranger = ["stranger to API server"];
    // A pod can always connect to itself.
    const always = [...fromStranger, "server to itself"];

    it("without one, everything is open", async () => {
      await expectReached(everything());
    });

    it("default deny blocks both directions, also to addresses of the node; probes and exec still work", async () => {
      await node.apply(denyAll);
      await expectReached(always);
      expect(await node.jsonpath(shop, "pod/server", ".status.containerStatuses[0].ready")).to.equal("true");
      await node.kubectl(["-n", shop, "delete", "networkpolicy", "deny-all"]);
      await expectReached(everything());
    });

    it("connections that both sides allow work: by pod, by port name, also UDP", async () => {
      const ports = [{ port: "http" }, { protocol: "UDP", port: "echo" }];
      const toServer = policy("to-server", {
        podSelector: only("client"),
        policyTypes: ["Egress"],
        egress: [{ to: [{ podSelector: only("server") }] }],
      });
      await node.apply(denyAll, toServer);
      await expectReached(always);
      await node.apply(
        policy("server-takes", {
          podSelector: only("server"),
          policyTypes: ["Ingress"],
          ingress: [{ from: [{ podSelector: only("client") }], ports }],
        }),
      );
      await expectReached([...always, "client to server:8080", "client to server:9090/udp"]);
      await node.kubectl(["-n", shop, "delete", "networkpolicy", "to-server"]);
      await expectReached(always);
    });

    it("supports port ranges, and namespaces by expressions", async () => {
      const open = { matchExpressions: [{ key: "open-to", operator: "In", values: ["everybody", "some"] }] };
      const closed = { matchExpressions: [{ key: "open-to", operator: "DoesNotExist" }] };
      await node.apply(
        policy("ingress", {
          podSelector: only("server"),
          policyTypes: ["Ingress"],
          ingress: [
            { from: [{ namespaceSelector: open }], ports: [{ port: 8081, endPort: 8085 }] },
            {
              from: [{ namespaceSelector: closed, podSelector: only("client") }],
              ports: [{ port: 8080, endPort: 8081 }],
            },
          ],
        }),
      );
      const refused = ["client to server:8085", "client to server:9090/udp", "stranger to server:8080"];
      await expectReached(everything().filter((what) => !refused.includes(what)));
      // The same policy, and a label that changes.
      await node.kubectl(["label", "namespace", street, "open-to=none", "--overwrite"]);
      await expectReached(
        everything().filter((what) => ![...refused, "stranger to server:8081"].includes(what)),
      );
      await node.kubectl(["label", "namespace", street, "open-to=everybody", "--overwrite"]);
    });

    it("supports address blocks and their exceptions", async () => {
      const block = { cidr: "10.0.0.0/8", except: [`${address("server")}/32`, `${network.node}/32`] };
      await node.apply(
        policy("egress", {
          podSelector: only("client"),
          policyTypes: ["Egress"],
          egress: [{ to: [{ ipBlock: block }] }],
        }),
      );
      const open = [
        "client to stranger",
        "client to DNS",
        "stranger to server:8080",
        "stranger to server:8081",
      ];
      await expectReached([...always, ...open]);
    });

    it("allows DNS by the labels of its pods, and names are resolved", async () => {
      const dns = {
        namespaceSelector: nameOf("kube-system"),
        podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
      };
      await node.apply(
        denyAll,
        policy("dns", {
          podSelector: {},
          policyTypes: ["Egress"],
          egress: [
            {
              to: [dns],
              ports: [
                { protocol: "UDP", port: 53 },
                { protocol: "TCP", port: 53 },
              ],
            },
          ],
        }),
      );
      await expectReached([...always, "client to DNS"]);
      const byName = ["exec", "client", "--", "/bin/pod-probe", "connect", "tcp", "server:80"];
      const { stderr } = await node.try(["-n", shop, ...byName]);
      expect(stderr).to.include(`dial tcp ${server}:80`).and.to.include("timeout");
    });

    it("is applied before the first process of a new pod", async () => {
      await node.apply(
        denyAll,
        policy("courier", {
          podSelector: only("courier"),
          policyTypes: ["Egress"],
          egress: [{ to: [{ namespaceSelector: nameOf(street) }] }],
        }),
      );
      const once = { restartPolicy: "Never" };
      const args = ["connect", "tcp", `${address("stranger")}:8080`];
      await node.apply(pod(shop, "intruder", { args }, once), pod(shop, "courier", { args }, once));
      const phase = async (name: string): Promise<string> =>
        eventually(async () => {
          const text = await node.jsonpath(shop, `pod/${name}`, ".status.phase");
          return ["Succeeded", "Failed"].includes(text) ? text : undefined;
        });
      // The one must not get through, not even for a moment; the other must not have to try twice.
      expect([await phase("intruder"), await phase("courier")]).to.deep.equal(["Failed", "Succeeded"]);
      expect(await node.kubectl(["-n", shop, "logs", "intruder"])).to.include("timeout");
    });
  });
}
