import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { workloadLabels } from "../../../../components/core/labels.ts";
import type { PostgresExternalArgs } from "../../../../components/postgres/external/args.ts";
import { PostgresExternal } from "../../../../components/postgres/external/index.ts";
import { renderAddressEgress } from "../../../../components/core/network/render-address-egress.ts";
import { find, inventory, record, shown } from "../../../harness.ts";
import { objects } from "../../../kubernetes.ts";
import { refusal } from "../../../refusal.ts";
import { isSecret, reveal } from "../../../secrets.ts";

const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const caller = (namespace: string, application: string, role: string) => ({
  namespace,
  podLabels: workloadLabels(application, role),
  ports: { http: 4000 },
});

const ARGS: PostgresExternalArgs = {
  host: "pg.example.org",
  port: 6432,
  cidrs: ["10.1.0.6/32", "10.1.0.5/32"],
  sslMode: "verify-full",
  consumers: {
    litellm: {
      namespace: "gateway",
      database: "gateway-db",
      role: "gateway-role",
      password: { kind: "existing", name: "of-litellm", key: "pw" },
      callers: [caller("gateway", "litellm", "server"), caller("gateway", "litellm", "migration")],
    },
    open_webui: {
      namespace: "chat",
      database: "chat",
      role: "chat",
      password: { kind: "config", value: pulumi.secret("given") },
      callers: [caller("chat", "open-webui", "server"), caller("gateway", "litellm", "server")],
    },
  },
};

describe("PostgresExternal", () => {
  const recordExternal = (args: Partial<PostgresExternalArgs> = {}) =>
    record(() => {
      const { connections } = new PostgresExternal("postgres", { ...ARGS, ...args });
      return { connections };
    });

  it("makes a policy for each workload that connects, once, and no server", async () =>
    expect(inventory(await recordExternal())).to.deep.equal([
      "kubernetes:core/v1:Secret postgres-open-webui-chat",
      `${POLICY} postgres-chat-open-webui-server`,
      `${POLICY} postgres-gateway-litellm-migration`,
      `${POLICY} postgres-gateway-litellm-server`,
      "llm-platform:data:PostgresExternal postgres",
      "llm-platform:foundation:Credential postgres-litellm",
      "llm-platform:foundation:Credential postgres-open-webui",
    ]));

  it("allows the server's addresses only on its port", async () => {
    const policy = find(await recordExternal(), POLICY, "postgres-gateway-litellm-migration");
    expect(shown(policy)).to.deep.include({
      metadata: {
        name: "litellm-migration-postgres",
        namespace: "gateway",
        labels: {
          "app.kubernetes.io/name": "litellm",
          "app.kubernetes.io/component": "migration",
          "app.kubernetes.io/part-of": "llm-platform",
          "app.kubernetes.io/managed-by": "pulumi",
        },
      },
      spec: {
        podSelector: {
          matchLabels: { "app.kubernetes.io/name": "litellm", "app.kubernetes.io/component": "migration" },
        },
        policyTypes: ["Egress"],
        egress: [
          {
            to: [{ ipBlock: { cidr: "10.1.0.5/32" } }, { ipBlock: { cidr: "10.1.0.6/32" } }],
            ports: [{ protocol: "TCP", port: 6432 }],
          },
        ],
      },
    });
  });

  it("hands over a connection a consumer, its secret in the consumer's own namespace", async () => {
    const recording = await recordExternal();
    const { litellm, open_webui: webui } = recording.outputs["connections"] as Record<string, object>;
    expect(litellm).to.deep.equal({
      host: "pg.example.org",
      port: 6432,
      url: "postgresql://gateway-role@pg.example.org:6432/gateway-db?sslmode=verify-full",
      database: "gateway-db",
      role: "gateway-role",
      sslMode: "verify-full",
      secret: { name: "of-litellm", key: "pw" },
    });
    const secret = find(recording, "kubernetes:core/v1:Secret", "postgres-open-webui-chat");
    expect(webui).to.have.nested.property("secret.name", secret.id.split("/")[1]);
    const { password } = secret.inputs["stringData"] as { password?: unknown };
    expect(reveal(secret.inputs["stringData"])).to.deep.equal({ password: "given" });
    expect(isSecret(password) || isSecret(secret.inputs["stringData"])).to.equal(true);
  });

  it("has no consumer", async () => {
    const alone = await recordExternal({ consumers: {} });
    expect(objects(alone)).to.deep.equal([]);
    expect(alone.outputs).to.deep.equal({ connections: {} });
  });

  it("registers nothing if its arguments are invalid, and reports every problem", async () => {
    const { errors, registered } = await refusal(() => {
      const consumer = {
        namespace: "x",
        database: "d",
        role: "r",
        password: { kind: "generated" },
      } as const;
      new PostgresExternal("postgres", {
        host: "pg.example.org:5432",
        port: 70000,
        cidrs: [],
        sslMode: "require",
        consumers: {
          one: { ...consumer, role: "r/x", callers: [] },
          two: { ...consumer, callers: [caller("a", "b", "c")] },
        },
      });
    });
    expect(registered).to.deep.equal([]);
    expect(errors).to.deep.equal([
      { propertyPath: "cidrs", reason: "must not be empty: an empty list means every address" },
      { propertyPath: "port", reason: "must be a port, 1 to 65535" },
      { propertyPath: "host", reason: "must be a host name or an IPv4 address" },
      {
        propertyPath: 'consumers["one"].role',
        reason: "must match ^[A-Za-z0-9_.~-]+$: it is part of a URL",
      },
      {
        propertyPath: 'consumers["one"].password',
        reason: "must be a configured value, because the server is external",
      },
      { propertyPath: 'consumers["one"].callers', reason: "must not be empty: no pod could connect" },
      { propertyPath: 'consumers["two"].database', reason: "is already the database of one" },
      {
        propertyPath: 'consumers["two"].password',
        reason: "must be a configured value, because the server is external",
      },
    ]);
  });
});

describe("renderAddressEgress", () => {
  const from = caller("gateway", "litellm", "server");
  it("sorts, and names each port once", () =>
    expect(
      renderAddressEgress("p", from, { cidrs: ["b", "a"], ports: [443, 80, 443] }).spec.egress,
    ).to.deep.equal([
      {
        to: [{ ipBlock: { cidr: "a" } }, { ipBlock: { cidr: "b" } }],
        ports: [
          { protocol: "TCP", port: 80 },
          { protocol: "TCP", port: 443 },
        ],
      },
    ]));
  for (const to of [
    { cidrs: [], ports: [443] },
    { cidrs: ["10.0.0.1/32"], ports: [] },
  ]) {
    it(`refuses ${JSON.stringify(to)}, which would mean all`, () =>
      expect(() => renderAddressEgress("p", from, to)).to.throw(
        "NetworkPolicy gateway/p: no address, or no port",
      ));
  }
});
