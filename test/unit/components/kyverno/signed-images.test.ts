import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { IMAGES } from "../../../../components/core/images.ts";
import {
  renderSignedImagePolicy,
  signedImagePolicyName,
  type SignedImage,
} from "../../../../components/kyverno/render-signed-images.ts";
import { SignedImages, type SignedImagesArgs } from "../../../../components/kyverno/signed-images.ts";
import { type ImageName, KNOWN_SIGNERS } from "../../../../components/kyverno/signers.ts";
import { find, inventory, record, shown } from "../../../harness.ts";

const POLICY = "kubernetes:policies.kyverno.io/v1:ImageValidatingPolicy";
const SIGNER = { issuer: "https://issuer.example.org", subject: "https://example.org/release" };
const IMAGE: SignedImage = {
  name: "postgresCluster",
  image: { repository: "registry.example.org/team/app" },
  signer: SIGNER,
};
const ARGS: SignedImagesArgs = {
  images: [IMAGE],
  namespaces: ["llm-gateway", "llm-data"],
  action: "enforce",
};
const render = (change: Partial<SignedImage> = {}) =>
  renderSignedImagePolicy({ ...IMAGE, ...change }, ARGS.namespaces, "enforce");

describe("the policy of a signed image", () => {
  it("asks for the publisher's signature of every container and volume of that image, in the namespaces where it runs", () =>
    expect(render()).to.deep.equal({
      apiVersion: "policies.kyverno.io/v1",
      kind: "ImageValidatingPolicy",
      metadata: {
        name: "signed-postgres-cluster",
        labels: {
          "app.kubernetes.io/name": "admission",
          "app.kubernetes.io/part-of": "llm-platform",
          "app.kubernetes.io/managed-by": "pulumi",
        },
      },
      spec: {
        failurePolicy: "Fail",
        validationActions: ["Deny"],
        webhookConfiguration: { timeoutSeconds: 30 },
        evaluation: { background: { enabled: false } },
        matchConstraints: {
          namespaceSelector: {
            matchExpressions: [
              { key: "kubernetes.io/metadata.name", operator: "In", values: ["llm-data", "llm-gateway"] },
            ],
          },
          resourceRules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
            {
              apiGroups: [""],
              apiVersions: ["v1"],
              operations: ["UPDATE"],
              resources: ["pods/ephemeralcontainers"],
            },
          ],
        },
        matchImageReferences: [
          { glob: "registry.example.org/team/app:*" },
          { glob: "registry.example.org/team/app@*" },
        ],
        validationConfigurations: { mutateDigest: false, verifyDigest: false, required: true },
        images: [
          {
            name: "volumes",
            expression:
              "object.spec.?volumes.orValue([]).map(v, v.?image.?reference).filter(i, i.hasValue()).map(i, i.value())",
          },
        ],
        attestors: [
          {
            name: "publisher",
            cosign: { keyless: { identities: [SIGNER] }, ctlog: { url: "https://rekor.sigstore.dev" } },
          },
        ],
        validations: [
          {
            expression: ["containers", "initContainers", "ephemeralContainers", "volumes"]
              .map(
                (list) =>
                  `images.?${list}.orValue([]).all(image, verifyImageSignatures(image, [attestors.publisher]) > 0)`,
              )
              .join(" && "),
            message:
              "registry.example.org/team/app needs a signature of its publisher. Kyverno found none, or could not reach the registry: see docs/kyverno.md.",
          },
        ],
      },
    }));

  it("asks for a key's signature where there is a key", () =>
    expect(render({ signer: { key: "PEM" } }).spec.attestors).to.deep.equal([
      {
        name: "publisher",
        cosign: {
          key: { data: "PEM" },
          ctlog: { url: "https://rekor.sigstore.dev", insecureIgnoreTlog: true },
        },
      },
    ]));

  it("asks for an identity of a form", () => {
    const signer = { issuer: SIGNER.issuer, subjectRegExp: "^https://example\\.org/" };
    expect(render({ signer }).spec.attestors[0]?.cosign).to.deep.include({
      keyless: { identities: [signer] },
    });
  });

  it("only reports, where it is to", () =>
    expect(renderSignedImagePolicy(IMAGE, ["llm-data"], "audit").spec.validationActions).to.deep.equal([
      "Audit",
    ]));

  it("has a name that Kubernetes takes, for each image", () => {
    const names = Object.keys(IMAGES).map(signedImagePolicyName);
    expect(new Set(names).size).to.equal(names.length);
    for (const name of names) expect(name).to.match(/^signed(-[a-z0-9]+)+$/);
  });
});

describe("the signers that are known", () => {
  const known = Object.entries(KNOWN_SIGNERS) as [
    ImageName,
    NonNullable<(typeof KNOWN_SIGNERS)["litellm"]>,
  ][];

  it("were looked up for the versions that the platform runs: another version, another look", () =>
    expect(known.map(([name, { tag }]) => [name, tag])).to.deep.equal(
      known.map(([name]) => [name, IMAGES[name].tag]),
    ));

  it("are only identities, because no key here was compared with that of its publisher", () => {
    for (const [name, { signer }] of known) expect(Object.keys(signer), name).to.include("issuer");
  });

  it("are no expressions that any identity matches", () => {
    for (const [name, { signer }] of known) {
      if ("subjectRegExp" in signer) expect(signer.subjectRegExp, name).to.match(/^\^https:\/\/github/);
    }
  });
});

describe("SignedImages", () => {
  it("makes a policy for each image", async () => {
    const images = [IMAGE, { ...IMAGE, name: "litellm" }];
    const recording = await record(() => new SignedImages("signed-images", { ...ARGS, images }));
    expect(inventory(recording)).to.deep.equal([
      `${POLICY} signed-images-signed-litellm`,
      `${POLICY} signed-images-signed-postgres-cluster`,
      "llm-platform:security:SignedImages signed-images",
    ]);
    expect(shown(find(recording, POLICY, "signed-images-signed-postgres-cluster"))).to.deep.equal(render());
  });

  for (const [what, change] of [
    ["namespaces", { namespaces: [] }],
    ["images", { images: [] }],
  ] as const) {
    it(`refuses to look at no ${what}`, async () => {
      const error: unknown = await record(
        () => new SignedImages("signed-images", { ...ARGS, ...change }),
      ).catch((caught: unknown) => caught);
      expect((error as pulumi.InputPropertiesError).errors).to.deep.equal([
        { propertyPath: what, reason: "must not be empty: the policy would check nothing" },
      ]);
    });
  }
});
