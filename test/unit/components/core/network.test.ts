import { expect } from "chai";
import { workloadLabels } from "../../../../components/core/labels.ts";
import type { Edge, Endpoint, Outside } from "../../../../components/core/network/endpoint.ts";
import { describeEdge, Network } from "../../../../components/core/network/index.ts";
import { isPublicHost } from "../../../../components/core/network/public-addresses.ts";
import { endpointName, renderPolicies } from "../../../../components/core/network/render-policies.ts";
import { find, inventory, record, shown } from "../../../harness.ts";

const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";

const endpoint = (namespace: string, name: string, ports: Record<string, number> = {}): Endpoint => ({
  namespace,
  podLabels: workloadLabels(name, "server"),
  ports,
});
const web = endpoint("front", "web");
const api = endpoint("back", "api", { http: 8080, grpc: 9090 });
const database = endpoint("back", "db", { sql: 5432 });

const peer = (target: Endpoint) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": target.namespace } },
  podSelector: { matchLabels: target.podLabels },
});
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: "TCP", port }));

const CONTROLLER = { namespace: "ingress", podLabels: { app: "controller" } };

/** Rules by policy, which is all that differs between them. */
const rules = (edges: readonly Edge[]) =>
  Object.fromEntries(
    renderPolicies(edges).map(({ metadata, spec: { ingress, egress } }) => [
      `${metadata.namespace}/${metadata.name}`,
      { ingress, egress },
    ]),
  );

describe("renderPolicies", () => {
  it("creates nothing without edges", () => expect(renderPolicies([])).to.deep.equal([]));

  it("allows an edge on both sides, and nothing else", () =>
    expect(renderPolicies([{ from: web, to: database }])).to.deep.equal([
      {
        metadata: {
          name: "db-server",
          namespace: "back",
          labels: {
            "app.kubernetes.io/name": "db",
            "app.kubernetes.io/component": "server",
            "app.kubernetes.io/part-of": "llm-platform",
            "app.kubernetes.io/managed-by": "pulumi",
          },
        },
        spec: {
          podSelector: { matchLabels: database.podLabels },
          policyTypes: ["Ingress", "Egress"],
          ingress: [{ from: [peer(web)], ports: tcp(5432) }],
          egress: [],
        },
      },
      {
        metadata: {
          name: "web-server",
          namespace: "front",
          labels: {
            "app.kubernetes.io/name": "web",
            "app.kubernetes.io/component": "server",
            "app.kubernetes.io/part-of": "llm-platform",
            "app.kubernetes.io/managed-by": "pulumi",
          },
        },
        spec: {
          podSelector: { matchLabels: web.podLabels },
          policyTypes: ["Ingress", "Egress"],
          ingress: [],
          egress: [{ to: [peer(database)], ports: tcp(5432) }],
        },
      },
    ]));

  it("means all ports of the server, in order of number, when an edge names none", () =>
    expect(
      rules([{ from: web, to: { ...api, ports: { grpc: 9090, http: 8080 } } }])["front/web-server"],
    ).to.deep.equal({
      ingress: [],
      egress: [{ to: [peer(api)], ports: tcp(8080, 9090) }],
    }));

  it("means the ports that an edge names", () => {
    const found = rules([{ from: web, to: api, ports: ["grpc"] }]);
    expect(found["front/web-server"]?.egress).to.deep.equal([{ to: [peer(api)], ports: tcp(9090) }]);
    expect(found["back/api-server"]?.ingress).to.deep.equal([{ from: [peer(web)], ports: tcp(9090) }]);
  });

  it("gathers the edges of one workload in one policy", () => {
    const found = rules([
      { from: web, to: api, ports: ["http"] },
      { from: api, to: database },
    ]);
    expect(Object.keys(found)).to.deep.equal(["back/api-server", "back/db-server", "front/web-server"]);
    expect(found["back/api-server"]).to.deep.equal({
      ingress: [{ from: [peer(web)], ports: tcp(8080) }],
      egress: [{ to: [peer(database)], ports: tcp(5432) }],
    });
  });

  it("does not depend on the order of edges between different workloads", () => {
    const edges: Edge[] = [
      { from: web, to: api },
      { from: api, to: database },
    ];
    expect(renderPolicies([...edges].reverse())).to.deep.equal(renderPolicies(edges));
  });

  it("means every public address, and no private one, with the internet", () =>
    expect(rules([{ from: web, to: { internet: true, ports: [443, 8443] } }])).to.deep.equal({
      "front/web-server": {
        ingress: [],
        egress: [
          {
            to: [
              {
                ipBlock: {
                  cidr: "0.0.0.0/0",
                  except: [
                    "0.0.0.0/8",
                    "10.0.0.0/8",
                    "100.64.0.0/10",
                    "127.0.0.0/8",
                    "169.254.0.0/16",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "224.0.0.0/4",
                    "240.0.0.0/4",
                  ],
                },
              },
              { ipBlock: { cidr: "2000::/3" } },
            ],
            ports: tcp(443, 8443),
          },
        ],
      },
    }));

  it("admits clients from outside on the server's side: addresses", () =>
    expect(
      rules([
        { from: { outside: { cidrs: ["192.168.1.0/24", "fd00::/16"] } }, to: api, ports: ["http"] },
        { from: web, to: api },
      ]),
    ).to.deep.equal({
      "back/api-server": {
        ingress: [
          {
            from: [{ ipBlock: { cidr: "192.168.1.0/24" } }, { ipBlock: { cidr: "fd00::/16" } }],
            ports: tcp(8080),
          },
          { from: [peer(web)], ports: tcp(8080, 9090) },
        ],
        egress: [],
      },
      "front/web-server": { ingress: [], egress: [{ to: [peer(api)], ports: tcp(8080, 9090) }] },
    }));

  it("admits clients from outside on the server's side: pods of an ingress controller, without a policy for them", () =>
    expect(rules([{ from: { outside: CONTROLLER }, to: api, ports: ["http"] }])).to.deep.equal({
      "back/api-server": {
        ingress: [
          {
            from: [
              {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress" } },
                podSelector: { matchLabels: { app: "controller" } },
              },
            ],
            ports: tcp(8080),
          },
        ],
        egress: [],
      },
    }));

  it("allows egress of foreign pods in a namespace that denies by default", () => {
    const lab = { namespace: "back", podLabels: { "app.kubernetes.io/name": "lab" } };
    const edge: Edge = { from: { outside: lab }, to: api, ports: ["http"] };
    const controller: Edge = { from: { outside: CONTROLLER }, to: api, ports: ["http"] };
    const policies = renderPolicies([edge, controller], ["back", "front"]);
    expect(policies.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`)).to.deep.equal([
      "back/api-server",
      "back/outside-lab",
    ]);
    expect(policies[1]?.spec).to.deep.equal({
      podSelector: { matchLabels: lab.podLabels },
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [{ to: [peer(api)], ports: tcp(8080) }],
    });
  });

  for (const [what, outside] of [
    ["no address", { cidrs: [] }],
    ["no label", { namespace: "ingress", podLabels: {} }],
  ] as const) {
    // In a NetworkPolicy either means everybody.
    it(`refuses an outside of ${what}`, () =>
      expect(() => renderPolicies([{ from: { outside }, to: api, ports: ["http"] }])).to.throw(
        "invalid edges:\n  outside -> back/api-server: it has no sender",
      ));
  }

  it("reports every edge with a port that its server does not have", () =>
    expect(() =>
      renderPolicies([
        { from: web, to: api, ports: ["http", "htp"] },
        { from: api, to: database, ports: ["mongo"] },
      ]),
    ).to.throw(
      'invalid edges:\n  front/web-server -> back/api-server: no port "htp", it has http, grpc\n  back/api-server -> back/db-server: no port "mongo", it has sql',
    ));

  for (const [what, edge] of [
    ["a server without ports", { from: api, to: web }],
    ["an edge that names no port of a list", { from: web, to: api, ports: [] }],
  ] as const) {
    // An empty list of ports in a policy means every port.
    it(`refuses ${what}`, () => expect(() => renderPolicies([edge])).to.throw(/it serves no port/));
  }

  it("refuses the internet without ports", () =>
    expect(() => renderPolicies([{ from: web, to: { internet: true, ports: [] } }])).to.throw(
      /names no port/,
    ));
});

describe("Network", () => {
  const edges: Edge[] = [
    { from: web, to: api, ports: ["http"] },
    { from: web, to: { internet: true, ports: [443] } },
  ];

  it("creates one policy per workload, with the workload's name", async () =>
    expect(inventory(await record(() => new Network("net", { edges })))).to.deep.equal([
      `${POLICY} net-back-api-server`,
      `${POLICY} net-front-web-server`,
      "llm-platform:foundation:Network net",
    ]));

  it("creates the rendered policies", async () => {
    const recording = await record(() => new Network("net", { edges }));
    expect(shown(find(recording, POLICY, "net-back-api-server"))).to.deep.equal({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      ...renderPolicies(edges)[0],
    });
  });

  it("returns its edges, sorted", async () => {
    const recording = await record(() => new Network("net", { edges: [...edges].reverse() }));
    expect(find(recording, "llm-platform:foundation:Network", "net").outputs).to.deep.equal({
      edges: ["front/web-server -> back/api-server:http", "front/web-server -> internet:443"],
    });
  });
});

describe("describeEdge", () => {
  it("names all ports when the edge names none", () =>
    expect(describeEdge({ from: web, to: api })).to.equal("front/web-server -> back/api-server:http,grpc"));
  it("names the outside by its addresses, or by its pods", () => {
    const describe = (outside: Outside["outside"]) =>
      describeEdge({ from: { outside }, to: api, ports: ["http"] });
    expect(describe({ cidrs: ["10.0.0.0/8", "::/0"] })).to.equal(
      "outside 10.0.0.0/8,::/0 -> back/api-server:http",
    );
    expect(describe({ namespace: "ingress", podLabels: { b: "2", a: "1" } })).to.equal(
      "outside ingress/a=1,b=2 -> back/api-server:http",
    );
  });
  it("calls an endpoint by namespace, application and role", () =>
    expect(endpointName(database)).to.equal("back/db-server"));
});

describe("isPublicHost", () => {
  const CASES: Readonly<Record<string, boolean>> = {
    "models.example.org": true,
    "8.8.8.8": true,
    "[2606:4700::1111]": true,
    "2606:4700::1111": true,
    "10.1.2.3": false,
    "172.16.0.1": false,
    "172.32.0.1": true,
    "192.168.1.1": false,
    "127.0.0.1": false,
    "169.254.169.254": false,
    "100.64.0.1": false,
    "224.0.0.1": false,
    "0.0.0.0": false,
    "[::1]": false,
    "[fd00::1]": false,
    "[fe80::1]": false,
    localhost: false,
    "models.localhost": false,
    vllm: false,
    "vllm.models.svc": false,
    "vllm.models.svc.cluster.local": false,
    "printer.local": false,
    "metadata.google.internal": false,
  };
  for (const [host, wanted] of Object.entries(CASES)) {
    it(`${host} is ${wanted ? "" : "not "}public`, () => expect(isPublicHost(host)).to.equal(wanted));
  }
});
