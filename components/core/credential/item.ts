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
 * Asks the 1Password operator for a Secret of the object's own name, whose keys are the labels of the item's fields, and
 * waits for it. Whoever uses the name waits with it.
 *
 * A Deployment with a Secret that changes in 1Password restarts, and only Deployments do (onepassword-operator 1.12:
 * pkg/onepassword/secret_update_handler.go): the operator copies the annotation to the Secret and looks there.
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
      // Another item is another Secret, with a new name, so that the pods that use it roll: in place, the operator
      // would say Ready of the old one.
      replaceOnChanges: ["spec"],
      // A wrong path never becomes Ready.
      customTimeouts: { create: "3m" },
    },
  );
}
