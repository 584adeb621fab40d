import { join } from "node:path";
import { expect } from "chai";
import { checkout } from "../../sandbox/paths.ts";
import type { LiveStack } from "./live-stack.ts";

export function saysWhyUpdatesFail(stack: LiveStack): void {
  describe("an update that cannot become ready reports the reason, and the old pods keep serving:", () => {
    const project = join(checkout, "test/fixtures/changed-platform");
    const missing = { name: "LITELLM_MASTER_KEY", valueFrom: { secretKeyRef: { name: "gone", key: "key" } } };
    /** Enough for a node to say what is wrong; a probe is asked only when the gateway has started. */
    const [soon, onceStarted] = [40, 150];
    const cases: Readonly<
      Record<string, readonly [change: Record<string, unknown>, message: RegExp, patienceSeconds: number]>
    > = {
      "an image that is not there": [
        { image: "ghcr.io/berriai/litellm-non_root:v99.0.0" },
        /(ErrImagePull|ImagePullBackOff)[^]*v99\.0\.0/,
        soon,
      ],
      "a limit of memory that is too low": [
        { resources: { requests: { memory: "32Mi" }, limits: { memory: "32Mi" } } },
        /OOMKilled/,
        soon,
      ],
      "a probe that fails": [
        { readinessProbe: { httpGet: { path: "/nowhere", port: "http" }, periodSeconds: 1 } },
        /Readiness probe failed[^]*404/,
        onceStarted,
      ],
      "a Secret that is not there": [{ env: [missing] }, /secret "gone" not found/, soon],
    };

    afterEach(async () => {
      await stack.workplace.makeDone("live");
      expect(await stack.answer()).to.equal("Changed.");
    });

    for (const [what, [change, message, patienceSeconds]] of Object.entries(cases)) {
      it(what, async () => {
        const before = (await stack.servers()).get("litellm");
        const { code, stdout, stderr } = await stack.workplace.shell(
          "live",
          `export CHANGE='${JSON.stringify(change)}' PATIENCE_SECONDS=${patienceSeconds}
           command pulumi -C '${project}' up --stack live --yes --skip-preview --non-interactive \\
             --config-file '${join(stack.workplace.sandbox("live").stackConfigs, "Pulumi.live.yaml")}'`,
        );
        expect(code, stdout + stderr).to.not.equal(0);
        expect(stdout + stderr)
          .to.match(message)
          .and.to.contain("litellm");
        expect([...(await stack.pods())].map(({ metadata }) => metadata.uid)).to.include(before);
        expect(await stack.answer()).to.equal("Changed.");
      });
    }
  });
}
