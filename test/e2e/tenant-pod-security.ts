// Pod Security in every namespace of the platform.
import { expect } from "chai";
import { pod, podSpec } from "./objects.ts";
import { refused, type TenantLab } from "./tenant-lab.ts";

export function enforcesPodSecurity(lab: TenantLab): void {
  describe("Pod Security restricted", () => {
    const own = podSpec() as { containers: readonly [{ securityContext: object }] };
    const container = (change: object) => ({
      securityContext: { ...own.containers[0].securityContext, ...change },
    });
    const PODS: Readonly<Record<string, [object, object, RegExp]>> = {
      privileged: [container({ privileged: true, allowPrivilegeEscalation: true }), {}, /privileged/],
      "a folder of the node": [
        {},
        { volumes: [{ name: "node", hostPath: { path: "/" } }] },
        /restricted volume type "hostPath"/,
      ],
      root: [container({ runAsNonRoot: false, runAsUser: 0 }), {}, /runAsNonRoot != true/],
      "the node's network": [{}, { hostNetwork: true }, /host namespaces/],
      capabilities: [container({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }), {}, /SYS_ADMIN/],
      "no seccomp": [container({ seccompProfile: { type: "Unconfined" } }), {}, /seccompProfile/],
    };
    for (const [what, [extra, more, reason]] of Object.entries(PODS)) {
      it(`rejects in every namespace of the platform: ${what}`, async () => {
        for (const namespace of lab.namespaces) {
          const object = { ...pod("bad", namespace), spec: podSpec(extra, more) };
          const result = await lab.dryRun(object);
          refused(result, /violates PodSecurity "restricted:latest"/);
          refused(result, reason);
        }
      });
    }

    it("admits a compliant pod in every namespace of the platform", async () => {
      for (const namespace of lab.namespaces) {
        const { code, output } = await lab.dryRun(pod("good", namespace));
        expect(code, output).to.equal(0);
      }
    });
  });
}
