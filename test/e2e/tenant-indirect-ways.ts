// Ways around the rights of a tenant, tried as its user.
import { expect } from "chai";
import { deployment, pod, podSpec } from "./objects.ts";
import { claim, refused, TENANT, type TenantLab } from "./tenant-lab.ts";

export function closesIndirectWays(lab: TenantLab): void {
  describe("an indirect way", () => {
    const named = (kind: string, fields: object, metadata: object = {}) => ({
      apiVersion: "v1",
      kind,
      metadata: { name: "indirect", namespace: TENANT, ...metadata },
      ...fields,
    });
    const withVolume = (volume: object) => ({
      ...pod("indirect", TENANT),
      spec: podSpec({}, { volumes: [{ name: "volume", ...volume }] }),
    });
    const projecting = (serviceAccountToken: object) =>
      withVolume({ projected: { sources: [{ serviceAccountToken }] } });
    const indirectClaim = (spec: object) => claim("indirect", "1Gi", spec);
    const finalizers = ["example.com/hold"];
    const heldPods = deployment("indirect", TENANT, 1) as { spec: { template: { metadata: object } } };
    heldPods.spec.template.metadata = { ...heldPods.spec.template.metadata, finalizers };
    const WAYS: Readonly<Record<string, [object, RegExp]>> = {
      "to a token without an end": [
        named(
          "Secret",
          { type: "kubernetes.io/service-account-token" },
          { annotations: { "kubernetes.io/service-account.name": "default" } },
        ),
        /Kubernetes acts on Secrets of this type/,
      ],
      "to a token for another service": [
        projecting({ path: "token", audience: "vault" }),
        /serviceAccountToken has an audience/,
      ],
      "to a token of a year": [
        projecting({ path: "token", expirationSeconds: 31_536_000 }),
        /lives longer than 3607 seconds/,
      ],
      "to what a volume driver reads": [
        withVolume({ csi: { driver: "secrets-store.csi.k8s.io", readOnly: true } }),
        /a volume is of another kind/,
      ],
      "to an image that moves": [
        withVolume({ image: { reference: "registry.example/app:latest" } }),
        /no exact version/,
      ],
      "to a node": [
        { ...pod("indirect", TENANT), spec: podSpec({}, { nodeName: "node-1" }) },
        /nodeName chooses a node/,
      ],
      "to a volume of others by its name": [
        indirectClaim({ volumeName: "of-others" }),
        /must not set .*volumeName/,
      ],
      "to a volume of others by a label": [
        indirectClaim({ selector: { matchLabels: { of: "others" } } }),
        /must not set .*selector/,
      ],
      "to another storage class": [
        indirectClaim({ storageClassName: "immediate" }),
        /the storage class of the claim is not in tenants\.<name>\.classes\.storage/,
      ],
      "to an object that cannot be deleted": [
        named("ConfigMap", {}, { finalizers }),
        /only controllers add finalizers/,
      ],
      "to pods that cannot be deleted": [heldPods, /only controllers add finalizers/],
      "to an owner that cannot be deleted": [
        named(
          "ConfigMap",
          {},
          {
            ownerReferences: [
              {
                apiVersion: "v1",
                kind: "ResourceQuota",
                name: "tenant",
                uid: "00000000-0000-4000-8000-000000000001",
                blockOwnerDeletion: true,
              },
            ],
          },
        ),
        /only controllers set blockOwnerDeletion/,
      ],
    };
    for (const [what, [object, reason]] of Object.entries(WAYS)) {
      it(`is closed ${what}`, async () =>
        refused(await lab.asUser("create --dry-run=server -f -", object), reason));
    }

    it("is closed to a volume of others by an update of a claim", async () => {
      expect((await lab.asUser("create -f -", indirectClaim({}))).code).to.equal(0);
      const patched = await lab.asUser(
        `-n ${TENANT} patch persistentvolumeclaim indirect -p {"spec":{"volumeName":"of-others"}}`,
      );
      await lab.kubectl.run(`-n ${TENANT} delete persistentvolumeclaim indirect`);
      refused(patched, /must not set .*volumeName/);
    });
  });
}
