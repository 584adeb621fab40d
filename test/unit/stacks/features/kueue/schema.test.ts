import { expect } from "chai";
import { kueueSchema } from "../../../../../stacks/features/kueue/schema.ts";

describe("the section kueue", () => {
  it("has these defaults", () =>
    expect(kueueSchema.parse(undefined)).to.deep.equal({
      quota: { cpu: 8, memoryGi: 32, gpus: 1 },
      nodeLabels: [],
      priorities: { low: 100, high: 1000 },
    }));

  for (const [what, section, path] of [
    ["no cores", { quota: { cpu: 0 } }, "quota.cpu"],
    ["half a GPU", { quota: { gpus: 0.5 } }, "quota.gpus"],
    ["a label without a value", { nodeLabels: ["gpu"] }, "nodeLabels.0"],
    ["another priority", { priorities: { middle: 5 } }, "priorities"],
    ["an unknown key", { queueingStrategy: "StrictFIFO" }, ""],
  ] as const) {
    it(`refuses ${what}`, () => {
      const { error } = kueueSchema.safeParse(section);
      expect(error?.issues.map((issue) => issue.path.join("."))).to.deep.equal([path]);
    });
  }
});
