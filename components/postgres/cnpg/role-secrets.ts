import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { SecretRef } from "../../core/connection.ts";
import { Credential } from "../../core/credential/index.ts";
import { objectLabels } from "../../core/labels.ts";
import { type Consumer, consumerSlug } from "../consumers.ts";
import { POSTGRES } from "../endpoints.ts";

export const PASSWORD_KEY = "password";
/** The same length as in a Credential. */
const LENGTH_CHARACTERS = 48;

/** The Secrets with the password of a role, for the operator and for the consumer. */
export interface RoleSecrets {
  /** Name of the basic-auth Secret in the Cluster's namespace. */
  readonly role: pulumi.Input<string>;
  /** The Secret in the consumer's namespace. */
  readonly consumer: SecretRef;
}

/**
 * Creates the Secrets of one role. This is not a Credential, because the operator also requires the key `username`
 * with the name of the role. An existing Secret must have both keys, in the Cluster's namespace.
 */
export function createRoleSecrets(
  name: string,
  role: string,
  namespace: string,
  consumer: Consumer,
  opts: pulumi.CustomResourceOptions,
): RoleSecrets {
  const logicalName = `${name}-${consumerSlug(role)}`;
  const source = consumer.password ?? { kind: "generated" };
  if (source.kind !== "generated" && source.kind !== "config") {
    const credential = new Credential(
      logicalName,
      {
        application: consumerSlug(role),
        namespaces: [namespace, consumer.namespace],
        key: PASSWORD_KEY,
        source,
      },
      opts,
    );
    return { role: credential.refIn(namespace).name, consumer: credential.refIn(consumer.namespace) };
  }

  const value =
    source.kind === "config"
      ? source.value
      : new random.RandomPassword(`${logicalName}-value`, { length: LENGTH_CHARACTERS, special: false }, opts)
          .result;
  const roleSecret = new kubernetes.core.v1.Secret(
    `${logicalName}-role`,
    {
      metadata: { namespace, labels: { ...objectLabels(POSTGRES), "cnpg.io/reload": "true" } },
      type: "kubernetes.io/basic-auth",
      immutable: true,
      stringData: { username: role, [PASSWORD_KEY]: value },
    },
    opts,
  );
  const credential = new Credential(
    logicalName,
    {
      application: consumerSlug(role),
      namespaces: [consumer.namespace],
      key: PASSWORD_KEY,
      source: { kind: "config", value },
    },
    opts,
  );
  return { role: roleSecret.metadata.name, consumer: credential.refIn(consumer.namespace) };
}
