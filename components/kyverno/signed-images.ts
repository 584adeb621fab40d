import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { refuseArguments } from "../core/invalid-args.ts";
import { TOKENS } from "../core/tokens.ts";
import { type PolicyAction, renderSignedImagePolicy, type SignedImage } from "./render-signed-images.ts";

/** Arguments of {@link SignedImages}. */
export interface SignedImagesArgs {
  readonly images: readonly SignedImage[];
  /** The namespaces in which the images run. */
  readonly namespaces: readonly string[];
  readonly action: PolicyAction;
}

/** Policies that require publishers' signatures on the platform's images. They need Kyverno. */
export class SignedImages extends pulumi.ComponentResource {
  constructor(name: string, args: SignedImagesArgs, opts?: pulumi.ComponentResourceOptions) {
    // A selector with an empty list matches no namespace, so the policy would have no effect, without an error.
    const reason = "must not be empty: the policy would check nothing";
    refuseArguments(`SignedImages "${name}"`, [
      ...(args.namespaces.length === 0 ? [{ propertyPath: "namespaces", reason }] : []),
      ...(args.images.length === 0 ? [{ propertyPath: "images", reason }] : []),
    ]);
    super(TOKENS.SignedImages, name, {}, opts);

    const policies = args.images.map((image) => renderSignedImagePolicy(image, args.namespaces, args.action));
    for (const policy of policies) {
      new kubernetes.apiextensions.CustomResource(`${name}-${policy.metadata.name}`, policy, {
        parent: this,
      });
    }
    this.registerOutputs({ policies: policies.map(({ metadata }) => metadata.name) });
  }
}
