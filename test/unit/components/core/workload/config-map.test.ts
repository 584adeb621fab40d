import { expect } from "chai";
import { contentHash, immutableConfigMap } from "../../../../../components/core/workload/config-map.ts";
import { find, record, shown } from "../../../../harness.ts";

describe("contentHash", () => {
  const hash = contentHash({ "a.yaml": "1", "b.yaml": "2" });
  it("is ten hex digits", () => expect(hash).to.match(/^[0-9a-f]{10}$/));
  it("does not depend on order", () => expect(contentHash({ "b.yaml": "2", "a.yaml": "1" })).to.equal(hash));
  it("depends on contents", () => expect(contentHash({ "a.yaml": "1", "b.yaml": "3" })).to.not.equal(hash));
  it("depends on names", () => expect(contentHash({ "a.yaml": "1", "c.yaml": "2" })).to.not.equal(hash));
  it("does not confuse names and contents", () =>
    expect(contentHash({ a: "b,c" })).to.not.equal(contentHash({ a: "b", c: "" })));
});

describe("immutableConfigMap", () => {
  it("is named by its contents and cannot be changed", async () => {
    const files = { "config.yaml": "a: 1\n" };
    const recording = await record(
      () => void immutableConfigMap("app-config", { application: "app", namespace: "n", files }, {}),
    );
    expect(shown(find(recording, "kubernetes:core/v1:ConfigMap", "app-config"))).to.deep.equal({
      apiVersion: "v1",
      kind: "ConfigMap",
      immutable: true,
      metadata: {
        name: `app-config-${contentHash(files)}`,
        namespace: "n",
        labels: {
          "app.kubernetes.io/name": "app",
          "app.kubernetes.io/part-of": "llm-platform",
          "app.kubernetes.io/managed-by": "pulumi",
        },
      },
      data: files,
    });
  });
});
