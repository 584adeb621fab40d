import { expect } from "chai";
import { workloadLabels } from "../../../../../components/core/labels.ts";
import { type Exposure, exposureEdges } from "../../../../../components/core/workload/exposure.ts";
import type { WorkloadArgs } from "../../../../../components/core/workload/args.ts";
import { Workload } from "../../../../../components/core/workload/index.ts";
import { validateWorkloadArgs } from "../../../../../components/core/workload/validate-args.ts";
import { find, inventory, record, shown } from "../../../../harness.ts";

const CONTROLLER = { namespace: "ingress-nginx", podLabels: { "app.kubernetes.io/name": "ingress-nginx" } };
const NODE_PORT: Exposure = { kind: "nodePort", nodePort: 30444, sources: ["192.168.1.0/24"] };
const LOAD_BALANCER: Exposure = { kind: "loadBalancer", sources: ["192.168.1.0/24", "fd00::/16"] };
const INGRESS: Exposure = {
  kind: "ingress",
  host: "llm.example.org",
  ingressClass: "nginx",
  tlsSecret: "llm-tls",
  controller: CONTROLLER,
};
const GATEWAY_ROUTE: Exposure = {
  kind: "gatewayRoute",
  host: "llm.example.org",
  gateway: { name: "public", namespace: "gateways", listener: "https" },
  controller: CONTROLLER,
};

const SELECTOR = workloadLabels("app", "server");
const LABELS = {
  ...SELECTOR,
  "app.kubernetes.io/part-of": "llm-platform",
  "app.kubernetes.io/managed-by": "pulumi",
};
const probe = { http: { path: "/", port: "http" } };
const ARGS: WorkloadArgs = {
  application: "app",
  role: "server",
  namespace: "n",
  controller: "Deployment",
  pod: {
    image: { repository: "registry.example.org/app", tag: "1.2.3" },
    uid: 1000,
    resources: { cpuRequestMillicores: 100, memoryRequestMi: 64, memoryLimitMi: 128 },
    ports: { http: 8080, grpc: 4317 },
    probes: { startup: probe, readiness: probe, liveness: probe },
  },
};
const exposed = (exposure: Exposure) => record(() => new Workload("w", { ...ARGS, exposure }));
const INSIDE = [
  "kubernetes:apps/v1:Deployment w-deployment",
  "kubernetes:core/v1:Service w-service",
  "llm-platform:foundation:Workload w",
];

describe("a workload's exposure", () => {
  it("is none by default and creates nothing", async () =>
    expect(inventory(await exposed({ kind: "none" }))).to.deep.equal(INSIDE));

  for (const [what, exposure, added] of [
    ["a port of the nodes", NODE_PORT, "kubernetes:core/v1:Service w-external-service"],
    ["a load balancer", LOAD_BALANCER, "kubernetes:core/v1:Service w-external-service"],
    ["an Ingress", INGRESS, "kubernetes:networking.k8s.io/v1:Ingress w-ingress"],
    ["a route", GATEWAY_ROUTE, "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute w-route"],
  ] as const) {
    it(`is ${what} in addition to the cluster's Service`, async () =>
      expect(inventory(await exposed(exposure))).to.deep.equal([...INSIDE, added].sort()));
  }

  it("opens one port of the nodes, and keeps the callers' addresses for the policy", async () =>
    expect(
      shown(find(await exposed(NODE_PORT), "kubernetes:core/v1:Service", "w-external-service")),
    ).to.deep.equal({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "app-external", namespace: "n", labels: LABELS },
      spec: {
        type: "NodePort",
        selector: SELECTOR,
        externalTrafficPolicy: "Local",
        ports: [{ name: "http", port: 8080, targetPort: "http", protocol: "TCP", nodePort: 30444 }],
      },
    }));

  it("requests a load balancer that admits the listed clients", async () =>
    expect(
      shown(find(await exposed(LOAD_BALANCER), "kubernetes:core/v1:Service", "w-external-service")),
    ).to.deep.equal({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "app-external", namespace: "n", labels: LABELS },
      spec: {
        type: "LoadBalancer",
        selector: SELECTOR,
        externalTrafficPolicy: "Local",
        ports: [{ name: "http", port: 8080, targetPort: "http", protocol: "TCP" }],
        loadBalancerSourceRanges: ["192.168.1.0/24", "fd00::/16"],
      },
    }));

  it("requests a load balancer without ranges for every client", async () => {
    const recording = await exposed({ kind: "loadBalancer", sources: "everybody" });
    const { spec } = shown(find(recording, "kubernetes:core/v1:Service", "w-external-service")) as {
      spec: object;
    };
    expect(spec).to.not.have.property("loadBalancerSourceRanges");
  });

  it("gives a host name on an ingress controller, with TLS", async () =>
    expect(
      shown(find(await exposed(INGRESS), "kubernetes:networking.k8s.io/v1:Ingress", "w-ingress")),
    ).to.deep.equal({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "app", namespace: "n", labels: LABELS },
      spec: {
        ingressClassName: "nginx",
        tls: [{ hosts: ["llm.example.org"], secretName: "llm-tls" }],
        rules: [
          {
            host: "llm.example.org",
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: "app", port: { name: "http" } } },
                },
              ],
            },
          },
        ],
      },
    }));

  it("gives a host name on one listener of a Gateway", async () =>
    expect(
      shown(
        find(await exposed(GATEWAY_ROUTE), "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "w-route"),
      ),
    ).to.deep.equal({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "app", namespace: "n", labels: LABELS },
      spec: {
        parentRefs: [{ name: "public", namespace: "gateways", sectionName: "https" }],
        hostnames: ["llm.example.org"],
        rules: [{ backendRefs: [{ name: "app", port: 8080 }] }],
      },
    }));
});

describe("exposureEdges", () => {
  const server = { namespace: "n", podLabels: SELECTOR, ports: { http: 8080, grpc: 4317 } };
  const edges = (exposure: Exposure) => exposureEdges(exposure, server);
  const toHttp = { to: server, ports: ["http"] };

  it("are none without an exposure", () => expect(edges({ kind: "none" })).to.deep.equal([]));

  it("come from the listed addresses", () => {
    expect(edges(NODE_PORT)).to.deep.equal([{ from: { outside: { cidrs: ["192.168.1.0/24"] } }, ...toHttp }]);
    expect(edges(LOAD_BALANCER)).to.deep.equal([
      { from: { outside: { cidrs: ["192.168.1.0/24", "fd00::/16"] } }, ...toHttp },
    ]);
  });

  it("come from all addresses for every client", () =>
    expect(edges({ kind: "loadBalancer", sources: "everybody" })).to.deep.equal([
      { from: { outside: { cidrs: ["0.0.0.0/0", "::/0"] } }, ...toHttp },
    ]));

  it("come only from the controller's pods", () => {
    const wanted = [{ from: { outside: CONTROLLER }, ...toHttp }];
    expect(edges(INGRESS)).to.deep.equal(wanted);
    expect(edges(GATEWAY_ROUTE)).to.deep.equal(wanted);
  });
});

describe("an invalid exposure", () => {
  const problems = (exposure: Exposure, ports: Record<string, number> = { http: 8080 }) =>
    validateWorkloadArgs({ ...ARGS, exposure, pod: { ...ARGS.pod, ports } });

  for (const nodePort of [34_444, 29_999, 32_768, 30_000.5]) {
    it(`the port ${nodePort} of the nodes is refused`, () =>
      expect(problems({ ...NODE_PORT, nodePort })).to.deep.equal([
        { propertyPath: "exposure.nodePort", reason: "must be a whole number from 30000 to 32767" },
      ]));
  }
  for (const nodePort of [30_000, 32_767]) {
    it(`the port ${nodePort} is the last that fits`, () =>
      expect(problems({ ...NODE_PORT, nodePort })).to.deep.equal([]));
  }

  it("an empty list of clients is rejected, because a policy without a peer admits every client", () =>
    expect(problems({ ...LOAD_BALANCER, sources: [] })).to.deep.equal([
      { propertyPath: "exposure.sources", reason: 'must list the clients, or be "everybody"' },
    ]));

  it("a workload without the port is refused", () =>
    expect(problems(INGRESS, { web: 8080 }).at(-1)).to.deep.equal({
      propertyPath: "exposure",
      reason: 'needs the port named "http"; the ports are web',
    }));
});
