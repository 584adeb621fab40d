import { expect } from "chai";
import {
  type LiveObject,
  outputsSchema,
  readiness,
  renderServices,
} from "../../../../sandbox/commands/services.ts";

const live = (
  kind: string,
  spec: LiveObject["spec"],
  status: LiveObject["status"],
  generation = 1,
): LiveObject => ({
  kind,
  metadata: { name: "x", generation },
  spec,
  status,
});

describe("readiness", () => {
  it("is a Deployment's when as many pods as wanted are ready", () => {
    const status = { observedGeneration: 1, readyReplicas: 2, updatedReplicas: 2 };
    expect(readiness(live("Deployment", { replicas: 2 }, status))).to.deep.equal({
      ready: true,
      text: "ready",
    });
    expect(readiness(live("Deployment", { replicas: 3 }, status))).to.deep.equal({
      ready: false,
      text: "not ready: 2 of 3 pods",
    });
  });
  it("does not count the ready pods of an older version", () => {
    const status = { observedGeneration: 1, readyReplicas: 2, updatedReplicas: 1 };
    expect(readiness(live("StatefulSet", { replicas: 2 }, status)).text).to.equal("not ready: 1 of 2 pods");
  });
  it("waits until the controller has seen the last change", () => {
    const status = { observedGeneration: 1, readyReplicas: 1, updatedReplicas: 1 };
    expect(readiness(live("Deployment", { replicas: 1 }, status, 2)).text).to.equal("not ready: changing");
  });
  it("is missing when the status is, or the object", () => {
    expect(readiness(live("StatefulSet", { replicas: 1 }, {})).text).to.equal("not ready: 0 of 1 pods");
    expect(readiness(undefined)).to.deep.equal({ ready: false, text: "not there" });
  });
  it("of a workload scaled to nothing is as wanted", () => {
    expect(readiness(live("Deployment", { replicas: 0 }, { observedGeneration: 1 })).ready).to.equal(true);
  });
  it("of a DaemonSet needs a node that it fits on", () => {
    expect(readiness(live("DaemonSet", {}, { numberReady: 0, desiredNumberScheduled: 0 })).ready).to.equal(
      false,
    );
    expect(readiness(live("DaemonSet", {}, { numberReady: 3, desiredNumberScheduled: 3 })).ready).to.equal(
      true,
    );
  });
  it("of a Job is its end, of any other kind its own condition", () => {
    const condition = (type: string, status: string, message?: string) => ({
      conditions: [{ type, status, ...(message === undefined ? {} : { message }) }],
    });
    expect(readiness(live("Job", {}, condition("Complete", "True"))).ready).to.equal(true);
    expect(readiness(live("Job", {}, condition("Ready", "True"))).ready).to.equal(false);
    expect(readiness(live("Cluster", {}, condition("Ready", "False", "no primary"))).text).to.equal(
      "not ready: no primary",
    );
  });
});

describe("the table of services", () => {
  it("has a row for each, with address and state", () => {
    const service = { namespace: "llm-data", workload: { kind: "StatefulSet", name: "postgres" } };
    const table = renderServices([
      {
        ...service,
        component: "postgres",
        address: "postgres.llm-data.svc:5432",
        protocol: "tcp",
        state: { ready: true, text: "ready" },
      },
    ]);
    expect(table.split("\n")).to.deep.equal([
      "COMPONENT  NAMESPACE  ADDRESS                     STATE",
      "postgres   llm-data   postgres.llm-data.svc:5432  ready",
    ]);
  });
  it("has a column of URLs where there are any", () => {
    const service = {
      namespace: "n",
      workload: { kind: "Deployment", name: "a" },
      protocol: "http",
    } as const;
    const state = { ready: true, text: "ready" };
    const table = renderServices([
      { ...service, component: "a", address: "a.n.svc:80", state, url: "http://127.0.0.1:10001" },
      { ...service, component: "b", address: "b.n.svc:80", state },
    ]);
    expect(table.split("\n").map((line) => line.trimEnd())).to.deep.equal([
      "COMPONENT  NAMESPACE  ADDRESS     STATE  URL",
      "a          n          a.n.svc:80  ready  http://127.0.0.1:10001",
      "b          n          b.n.svc:80  ready",
    ]);
  });
  it("reads the program's output, which has more than it needs, and none before the first update ends", () => {
    const service = {
      component: "a",
      namespace: "b",
      address: "c",
      protocol: "http",
      workload: { kind: "Deployment", name: "d" },
    };
    expect(
      outputsSchema.parse({ services: [{ ...service, version: "1" }], secrets: {} }).services,
    ).to.deep.equal([service]);
    expect(outputsSchema.parse({}).services).to.deep.equal([]);
  });
});
