import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { refuseArguments } from "../core/invalid-args.ts";
import { TOKENS } from "../core/tokens.ts";
import { type PolicyAction, renderSignedImagePolicy, type SignedImage } from "./render-signed-images.ts";

/** Arguments of {@link SignedImages}. */
export interface SignedImagesArgs {
  readonly images: readonly SignedImage[];
  /** Where the images run. */
  readonly namespaces: readonly string[];
  readonly action: PolicyAction;
}

/** The policies that the platform's images run only as their publishers signed them. They need Kyverno. */
export class SignedImages extends pulumi.ComponentResource {
  constructor(name: string, args: SignedImagesArgs, opts?: pulumi.ComponentResourceOptions) {
    // Nowhere, in a selector: nothing would ever be looked at, and nobody told.
    const reason = "must not be empty: nothing would ever be looked at";
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
