import { expect } from "chai";
import { DATA, type LiveStack } from "./live-stack.ts";
import { eventually } from "./node.ts";

export function lacksOtherImages(stack: LiveStack): void {
  it("no image with another digest or another tag", async () => {
    const image = await stack.kubectl(
      `-n ${DATA} get pod postgres-0 -o jsonpath={.spec.containers[0].image}`,
    );
    const repository = image.replace(/(:[^:/@]+)?@.*$/, "");
    const references = {
      "other-digest": `${repository}@sha256:${"0".repeat(64)}`,
      "other-tag": `${repository}:never-built`,
    };
    for (const [name, reference] of Object.entries(references)) {
      await stack.kubectl(`run ${name} --image=${reference} --restart=Never`);
      const message = await eventually(async () => {
        const path = ".status.containerStatuses[0].state.waiting";
        const waiting = (field: string): Promise<string> =>
          stack.kubectl(`get pod ${name} -o jsonpath={${path}.${field}}`);
        return (await waiting("reason")) === "ErrImagePull" ? waiting("message") : undefined;
      });
      expect(message).to.include("not found");
      await stack.kubectl(`delete pod ${name}`);
    }
  });
}
