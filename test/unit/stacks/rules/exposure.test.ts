import { expect } from "chai";
import "../../../../stacks/config.ts";
import { exposureOf } from "../../../../stacks/exposure.ts";
import { exposureProblems } from "../../../../stacks/rules/exposure.ts";
import { exposureSchema, ingressControllerSchema } from "../../../../stacks/schema/exposure.ts";

const CONTROLLER = ingressControllerSchema.parse({
  namespace: "ingress-nginx",
  podLabels: ["app.kubernetes.io/name=ingress-nginx", "tier=edge"],
});
const INGRESS = { kind: "ingress", host: "llm.example.org", ingressClass: "nginx", tlsSecret: "llm-tls" };
const ROUTE = {
  kind: "gatewayRoute",
  host: "llm.example.org",
  gateway: "public",
  gatewayNamespace: "gateways",
  gatewayListener: "https",
};
const NODE_PORT = { kind: "nodePort", nodePort: 30444, sourceRanges: ["192.168.1.0/24"] };

describe("exposureSchema", () => {
  it("exposes nothing by itself", () => {
    const config = exposureSchema.parse(undefined);
    expect(config).to.deep.equal({ kind: "none", sourceRanges: [], openToAll: false });
    expect(exposureOf(config, ingressControllerSchema.parse(undefined))).to.deep.equal({ kind: "none" });
  });

  const FITS: readonly [string, object][] = [
    ["the first port of the nodes", { nodePort: 30000 }],
    ["the last", { nodePort: 32767 }],
    ["an IPv6 range", { sourceRanges: ["fd00::/16"] }],
    ["one address", { sourceRanges: ["10.0.0.1/32", "::1/128"] }],
    ["a host", { host: "a-1.example.org" }],
  ];
  for (const [what, value] of FITS) {
    it(`accepts ${what}`, () => expect(exposureSchema.safeParse(value).success).to.equal(true));
  }

  const REFUSED: readonly [string, object, RegExp][] = [
    ["a port of the nodes out of range", { nodePort: 34444 }, /<=32767/],
    ["a port below", { nodePort: 29999 }, />=30000/],
    ["a kind that there is not", { kind: "nodeport" }, /nodePort/],
    ["an address without bits", { sourceRanges: ["192.168.1.1"] }, /a range of addresses/],
    ["bits without end", { sourceRanges: ["192.168.1.0/33"] }, /a range of addresses/],
    [
      "everybody as a range",
      { sourceRanges: ["0.0.0.0/0"] },
      /every address; to let everyone in, set openToAll/,
    ],
    ["no address", { sourceRanges: ["lan/24"] }, /a range of addresses/],
    ["a URL as host", { host: "https://llm.example.org" }, /without scheme/],
    ["a host in capitals", { host: "LLM.example.org" }, /lower case/],
    ["a wildcard", { host: "*.example.org" }, /a host name/],
    ["a host of one part", { host: "llm" }, /a host name/],
    ["an unknown key", { port: 30444 }, /port/],
    [
      "a certificate in place of its name",
      { tlsSecret: "-----BEGIN CERTIFICATE-----" },
      /the name of a Secret/,
    ],
  ];
  for (const [what, value, message] of REFUSED) {
    it(`refuses ${what}`, () => {
      const result = exposureSchema.safeParse(value);
      expect(result.error?.issues.map((issue) => issue.message + JSON.stringify(issue)).join()).to.match(
        message,
      );
    });
  }

  for (const label of ["app", "app=", "=x", "app=a b", "app in (a)"]) {
    it(`refuses the pod label "${label}"`, () =>
      expect(ingressControllerSchema.safeParse({ podLabels: [label] }).success).to.equal(false));
  }
});

describe("exposureOf", () => {
  const of = (value: object) => exposureOf(exposureSchema.parse(value), CONTROLLER);
  const controller = {
    namespace: "ingress-nginx",
    podLabels: { "app.kubernetes.io/name": "ingress-nginx", tier: "edge" },
  };

  it("gives each kind what it needs", () => {
    expect(of(NODE_PORT)).to.deep.equal({ kind: "nodePort", nodePort: 30444, sources: ["192.168.1.0/24"] });
    expect(of({ kind: "loadBalancer", openToAll: true })).to.deep.equal({
      kind: "loadBalancer",
      sources: "everybody",
    });
    expect(of(INGRESS)).to.deep.equal({ ...INGRESS, controller });
    expect(of(ROUTE)).to.deep.equal({
      kind: "gatewayRoute",
      host: "llm.example.org",
      gateway: { name: "public", namespace: "gateways", listener: "https" },
      controller,
    });
  });
});

describe("exposureProblems", () => {
  const at = (name: string, value: object) => ({
    path: [name, "exposure"],
    exposure: exposureSchema.parse(value),
  });
  const problems = (value: object, controller: object = CONTROLLER) =>
    exposureProblems([at("chat", value)], ingressControllerSchema.parse(controller));
  const keys = (value: object, controller?: object) =>
    problems(value, controller).map(({ path }) => path.join("."));

  for (const [what, value] of [
    ["none", {}],
    ["a port of the nodes", NODE_PORT],
    ["a port of the nodes for everybody", { kind: "nodePort", nodePort: 30444, openToAll: true }],
    ["a load balancer", { kind: "loadBalancer", sourceRanges: ["192.168.1.0/24"] }],
    ["an Ingress", INGRESS],
    ["a route", ROUTE],
  ] as const) {
    it(`are none with ${what}`, () => expect(problems(value)).to.deep.equal([]));
  }

  it("report every missing key of a kind", () => {
    expect(keys({ kind: "ingress" })).to.deep.equal([
      "chat.exposure.host",
      "chat.exposure.ingressClass",
      "chat.exposure.tlsSecret",
    ]);
    expect(keys({ kind: "gatewayRoute" })).to.deep.equal([
      "chat.exposure.host",
      "chat.exposure.gateway",
      "chat.exposure.gatewayNamespace",
      "chat.exposure.gatewayListener",
    ]);
    expect(keys({ kind: "nodePort" })).to.deep.equal([
      "chat.exposure.nodePort",
      "chat.exposure.sourceRanges",
    ]);
  });

  it("have a reason and a fix", () => {
    const [problem] = problems({ ...INGRESS, tlsSecret: undefined });
    expect(problem?.reason).to.equal("is required with an exposure of kind ingress");
    expect(problem?.fix).to.match(/^pulumi config (set|rm) --path 'llm-platform:chat\.exposure\.tlsSecret'/);
  });

  it("report keys without effect", () => {
    expect(keys({ nodePort: 30444, openToAll: true })).to.deep.equal([
      "chat.exposure.nodePort",
      "chat.exposure.openToAll",
    ]);
    expect(keys({ ...INGRESS, sourceRanges: ["10.0.0.0/8"] })).to.deep.equal(["chat.exposure.sourceRanges"]);
    expect(keys({ ...NODE_PORT, host: "llm.example.org" })).to.deep.equal(["chat.exposure.host"]);
    const [problem] = problems({ host: "llm.example.org" });
    expect(problem).to.deep.equal({
      path: ["chat", "exposure", "host"],
      value: "llm.example.org",
      reason: "has no effect with an exposure of kind none",
      fix: "pulumi config rm --path 'llm-platform:chat.exposure.host'",
    });
  });

  it("admit every client only if it is explicit", () => {
    const [problem] = problems({ kind: "loadBalancer" });
    expect(problem?.path).to.deep.equal(["chat", "exposure", "sourceRanges"]);
    expect(problem?.reason).to.equal(
      "is required: the clients that may connect to a service of kind loadBalancer",
    );
    expect(problem?.fix).to.include("'llm-platform:chat.exposure.openToAll' true");
    const [both] = problems({ kind: "loadBalancer", openToAll: true, sourceRanges: ["10.0.0.0/8"] });
    expect(both?.reason).to.equal("admits every client, so 10.0.0.0/8 would have no effect");
  });

  it("need the controller's pods, where one is used", () => {
    expect(keys(INGRESS, {})).to.deep.equal(["ingressController.namespace", "ingressController.podLabels"]);
    expect(keys(ROUTE, { namespace: "gateways" })).to.deep.equal(["ingressController.podLabels"]);
    expect(keys(NODE_PORT, {})).to.deep.equal([]);
  });

  const clash = (a: object, b: object) =>
    exposureProblems([at("gateway", a), at("chat", b)], CONTROLLER).map(({ path, reason }) => [
      path.join("."),
      reason,
    ]);
  it("report two services with the same port or host", () => {
    expect(clash(NODE_PORT, NODE_PORT)).to.deep.equal([
      ["chat.exposure.nodePort", "is the nodePort of gateway.exposure already"],
    ]);
    expect(clash(INGRESS, ROUTE)).to.deep.equal([
      ["chat.exposure.host", "is the host of gateway.exposure already"],
    ]);
    expect(clash(NODE_PORT, { ...NODE_PORT, nodePort: 30445 })).to.deep.equal([]);
  });
});
