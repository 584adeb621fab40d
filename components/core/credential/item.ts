import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { objectLabels } from "../labels.ts";
import { itemPath, type OnePasswordField } from "./source.ts";

/** Arguments of {@link onePasswordItem}. */
interface ItemArgs extends OnePasswordField {
  readonly application: string;
  readonly namespace: string;
}

/**
 * Creates a OnePasswordItem and waits until the 1Password operator has created the Secret of the same name. The
 * keys of the Secret are the labels of the item's fields. Resources that use the name wait as well.
 *
 * The operator restarts a Deployment when a Secret of it changes in 1Password, but no other kind
 * (onepassword-operator 1.12: pkg/onepassword/secret_update_handler.go). It copies the annotation to the Secret and
 * reads it there.
 */
export function onePasswordItem(name: string, args: ItemArgs, opts: pulumi.CustomResourceOptions) {
  return new kubernetes.apiextensions.CustomResource(
    name,
    {
      apiVersion: "onepassword.com/v1",
      kind: "OnePasswordItem",
      metadata: {
        namespace: args.namespace,
        labels: objectLabels(args.application),
        annotations: {
          "operator.1password.io/auto-restart": "true",
          "pulumi.com/waitFor": "condition=Ready",
        },
      },
      spec: { itemPath: itemPath(args) },
    },
    {
      ...opts,
      // Another item needs a Secret with a new name, so that pods roll. After an update in place, the operator
      // would report Ready for the old Secret.
      replaceOnChanges: ["spec"],
      // An item with a wrong path never becomes Ready.
      customTimeouts: { create: "3m" },
    },
  );
}
