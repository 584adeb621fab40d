import { expect } from "chai";
import { clusterEdges } from "../../../../../components/postgres/cnpg/endpoints.ts";
import { renderPolicies } from "../../../../../components/core/network/render-policies.ts";
import { API_SERVER } from "./fixtures.ts";

describe("clusterEdges", () => {
  const policies = (isClosed: boolean) =>
    Object.fromEntries(
      renderPolicies(clusterEdges("data", { namespace: "cnpg-system", isClosed }, API_SERVER)).map(
        ({ metadata, spec }) => [`${metadata.namespace}/${metadata.name}`, spec],
      ),
    );
  const peer = (namespace: string, labels: Record<string, string>) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    podSelector: { matchLabels: labels },
  });
  const database = { "app.kubernetes.io/name": "postgresql", "app.kubernetes.io/component": "database" };
  const operator = { "app.kubernetes.io/name": "cloudnative-pg", "app.kubernetes.io/component": "operator" };
  const ports = (...numbers: number[]) => numbers.map((port) => ({ protocol: "TCP", port }));

  it("let the operator and the instances reach instances, and the API server the operator's webhook", () =>
    expect(policies(true)).to.deep.equal({
      "cnpg-system/cloudnative-pg-operator": {
        podSelector: { matchLabels: operator },
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ from: API_SERVER.cidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: ports(9443) }],
        egress: [{ to: [peer("data", database)], ports: ports(5432, 8000) }],
      },
      "data/postgresql-database": {
        podSelector: { matchLabels: database },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          { from: [peer("cnpg-system", operator)], ports: ports(5432, 8000) },
          { from: [peer("data", database)], ports: ports(5432, 8000) },
        ],
        egress: [{ to: [peer("data", database)], ports: ports(5432, 8000) }],
      },
    }));

  it("select no pods of an existing operator, because that would block its other connections", () => {
    const outside = policies(false);
    expect(Object.keys(outside)).to.deep.equal(["data/postgresql-database"]);
    expect(outside["data/postgresql-database"]?.ingress?.[0]).to.deep.equal({
      from: [peer("cnpg-system", { "app.kubernetes.io/name": "cloudnative-pg" })],
      ports: ports(5432, 8000),
    });
  });
});
