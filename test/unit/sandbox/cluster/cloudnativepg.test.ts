import { expect } from "chai";
import { parse } from "yaml";
import { STAND_IN, withReadyStatus } from "../../../../sandbox/cluster/cloudnativepg.ts";

const definition = (kind: string, properties: object) =>
  JSON.stringify({
    spec: {
      names: { kind },
      versions: [{ name: "v1", schema: { openAPIV3Schema: { properties } } }],
    },
  });
const status = { type: "object", properties: { applied: { type: "boolean" } } };

describe("CloudNativePG's definitions in the simulated cluster", () => {
  const statusOf = (kind: string): unknown => {
    const given = { spec: { type: "object" }, status };
    const { spec } = parse(withReadyStatus(definition(kind, given))) as {
      spec: { versions: [{ schema: { openAPIV3Schema: { properties: Record<string, unknown> } } }] };
    };
    const { status: found, ...others } = spec.versions[0].schema.openAPIV3Schema.properties;
    expect(others).to.deep.equal({ spec: given.spec });
    return found;
  };

  it("make a Cluster ready from the start, by the stand-in's name", () =>
    expect(statusOf("Cluster")).to.deep.equal({
      ...status,
      default: {
        conditions: [
          {
            type: "Ready",
            status: "True",
            reason: STAND_IN,
            message: "declared, and not run: the simulated cluster has no CloudNativePG operator",
            lastTransitionTime: "1970-01-01T00:00:00Z",
          },
        ],
      },
    }));

  it("make a Database applied", () =>
    expect(statusOf("Database")).to.deep.equal({
      ...status,
      default: { applied: true, message: `not applied: ${STAND_IN}` },
    }));

  it("of kinds without a wait do not change", () => {
    const text = definition("Pooler", { status });
    expect(withReadyStatus(text)).to.equal(text);
  });

  it("without a status are refused: there would be nothing to wait for", () =>
    expect(() => withReadyStatus(definition("Cluster", {}))).to.throw("Cluster has no status"));
});
