import { expect } from "chai";
import {
  changed,
  databaseProblems,
  leavesOf,
  podsOf,
  type Rendered,
  secretProblems,
  selectionProblems,
  without,
} from "../../../../sandbox/charts/checks.ts";
import { SECRET } from "../../../../sandbox/charts/releases.ts";
import { resultOf } from "../../../../sandbox/commands/verify-charts.ts";

const spec = (image: string) => ({ containers: [{ image }] });
const controller = (kind: string, name: string, image = "app:1"): Rendered => ({
  kind,
  metadata: { name },
  spec: { template: { metadata: { labels: { app: name } }, spec: spec(image) } },
});

describe("the checks of charts", () => {
  it("find the pods of controllers, and leave those of hooks out", () => {
    const hook = {
      ...controller("Job", "hook"),
      metadata: { name: "hook", annotations: { "helm.sh/hook": "test" } },
    };
    const cron = {
      kind: "CronJob",
      metadata: { name: "cron" },
      spec: { jobTemplate: { spec: controller("Job", "x").spec } },
    };
    const objects = [
      controller("Deployment", "server"),
      hook,
      cron,
      { kind: "Service", metadata: { name: "s" } },
    ];
    expect(podsOf(objects).map(({ owner, labels }) => [owner, labels])).to.deep.equal([
      ["Deployment server", { app: "server" }],
      ["CronJob cron", { app: "x" }],
    ]);
  });

  it("report pods that no policy selects, and policies that select no pod", () => {
    const pods = podsOf([controller("Deployment", "server"), controller("Deployment", "other")]);
    const opening = (name: string, app: string) => ({ name, namespace: "n", podLabels: { app } });
    expect(selectionProblems(pods, [opening("a", "server"), opening("b", "othr")])).to.deep.equal([
      "no network policy selects the pods of Deployment other (app=other)",
      "the network policy b selects no pod (app=othr)",
    ]);
    expect(selectionProblems(pods, [{ name: "all", namespace: "n", podLabels: {} }])).to.deep.equal([]);
  });

  it("report databases, and not programs that are named after one", () => {
    const images = [
      "docker.io/library/postgres:18",
      "valkey/valkey@sha256:0",
      "cloudnative-pg:1",
      "redis-exporter-x:1",
    ];
    const pods = podsOf(images.map((image, index) => controller("Deployment", String(index), image)));
    expect(databaseProblems(pods).map((problem) => problem.split(": ")[1])).to.deep.equal(images.slice(0, 2));
  });

  it("report secrets in values, by their path", () =>
    expect(secretProblems({ a: { b: `x${SECRET}` }, c: [SECRET], d: "name" })).to.deep.equal([
      "the value a.b contains a secret",
      "the value c contains a secret",
    ]));

  it("remove and change one value at a time", () => {
    const values = { a: { b: true, c: 1 }, d: ["x"], e: null, f: "y" };
    expect(leavesOf(values).map(({ path }) => path.join("."))).to.deep.equal(["a.b", "a.c", "d", "e", "f"]);
    expect(without(values, ["a", "b"])).to.deep.equal({ ...values, a: { c: 1 } });
    expect(changed(values, ["a", "b"])).to.deep.equal({ ...values, a: { b: false, c: 1 } });
    expect(changed(values, ["a", "c"])).to.deep.equal({ ...values, a: { b: true, c: 2 } });
    expect(changed(values, ["d"])).to.deep.equal({ ...values, d: [] });
    expect(changed(values, ["f"])).to.deep.equal({ ...values, f: "y-other" });
  });

  it("count a chart that was not checked as no success, and a problem as a failure", () => {
    const ok = { kind: "checked", problems: [] } as const;
    const failed = { kind: "checked", problems: ["x"] } as const;
    const missing = { kind: "not checked", reason: "no route" } as const;
    const codes = [[ok], [ok, missing], [ok, missing, failed]].map((verdicts) => resultOf(verdicts).code);
    expect(codes).to.deep.equal([0, 4, 1]);
    expect(resultOf([ok, missing, failed]).text).to.equal("1 releases are ok, 1 failed, 1 were not checked");
  });
});
