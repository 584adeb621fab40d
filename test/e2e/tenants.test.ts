// What the API server itself makes of the borders of the dev stack: rights, quotas, limits, Pod Security.
import { expect } from "chai";
import { configMap } from "./objects.ts";
import { closesIndirectWays } from "./tenant-indirect-ways.ts";
import { TENANT, TenantLab } from "./tenant-lab.ts";
import { enforcesPodSecurity } from "./tenant-pod-security.ts";
import { limitsWhatItHas } from "./tenant-quota.ts";
import { limitsRights } from "./tenant-rights.ts";

/** The policies let no user add a finalizer. */
const AS_CONTROLLER = "--as=system:serviceaccount:kube-system:of-others --as-group=system:masters";

describe("the borders of tenants, on the real API server", function () {
  this.timeout(300_000);
  const lab = new TenantLab();

  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built.
    await lab.start();
  });
  after(() => lab.stop());

  limitsRights(lab);
  closesIndirectWays(lab);
  limitsWhatItHas(lab);
  enforcesPodSecurity(lab);

  describe("make down", () => {
    it("ends although a tenant left a finalizer, and says on which object and whose", async () => {
      await lab.kubectl.run(`${AS_CONTROLLER} create -f -`, [
        {
          ...configMap("keep", TENANT),
          metadata: { name: "keep", namespace: TENANT, finalizers: ["example.com/hold"] },
        },
      ]);
      expect(await lab.workplace.makeDone("down")).to.include(
        `tenant lab left ConfigMap ${TENANT}/keep with the finalizer example.com/hold`,
      );
    });
  });
});
