import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { SecretRef } from "../connection.ts";
import { objectLabels } from "../labels.ts";
import { TOKENS } from "../tokens.ts";
import type { SecretSource } from "./source.ts";

/** Characters of a generated value. 48 of 62 characters hold 285 bits, whatever alphabet a user asks for. */
const LENGTH_CHARACTERS = 48;

/** Arguments of {@link Credential}. */
export interface CredentialArgs {
  /** The application that the value belongs to. */
  readonly application: string;
  /** The namespaces that get a Secret with the value; each user reads the one in its own. */
  readonly namespaces: readonly string[];
  /** The key of the value in each Secret. */
  readonly key: string;
  /**
   * Where the value comes from.
   * @default generated (letters and digits, so that it needs no escaping in a URL or a shell: S2.23)
   */
  readonly source?: SecretSource;
  /**
   * Text before a generated value, for applications that demand one.
   * @default ""
   */
  readonly prefix?: string;
  /**
   * The value must never change once it has been used, because data is encrypted with it: nothing regenerates it, and
   * `protect` in its options keeps it from being deleted.
   * @default false
   */
  readonly writeOnce?: boolean;
}

/** A secret value, and a Secret that holds it in each namespace that needs it. The value itself never leaves. */
export class Credential extends pulumi.ComponentResource {
  readonly #refs: ReadonlyMap<string, SecretRef>;

  constructor(name: string, args: CredentialArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TOKENS.Credential, name, {}, opts);

    const source = args.source ?? { kind: "generated" };
    if (source.kind === "existing") {
      this.#refs = new Map(
        args.namespaces.map((namespace) => [namespace, { name: source.name, key: source.key }]),
      );
      this.registerOutputs({});
      return;
    }
    const value = source.kind === "config" ? source.value : this.#generate(name, args);
    this.#refs = new Map(
      [...new Set(args.namespaces)].map((namespace) => {
        // No fixed name: a new value makes a Secret with a new name, so every pod that uses it rolls, and only those.
        const secret = new kubernetes.core.v1.Secret(
          `${name}-${namespace}`,
          {
            metadata: { namespace, labels: objectLabels(args.application) },
            immutable: true,
            stringData: { [args.key]: pulumi.secret(value) },
          },
          { parent: this },
        );
        return [namespace, { name: secret.metadata.name, key: args.key }];
      }),
    );
    this.registerOutputs({
      secretNames: Object.fromEntries([...this.#refs].map(([namespace, ref]) => [namespace, ref.name])),
    });
  }

  /**
   * The Secret in one of the namespaces that the credential was made for.
   * @throws Error when it was not made for that namespace.
   */
  refIn(namespace: string): SecretRef {
    const ref = this.#refs.get(namespace);
    if (ref === undefined) {
      throw new Error(
        `no Secret in namespace "${namespace}"; the credential is in ${[...this.#refs.keys()].join(", ")}`,
      );
    }
    return ref;
  }

  #generate(name: string, args: CredentialArgs): pulumi.Output<string> {
    const password = new random.RandomPassword(
      `${name}-value`,
      { length: LENGTH_CHARACTERS, special: false },
      { parent: this, ignoreChanges: args.writeOnce === true ? ["*"] : [] },
    );
    return pulumi.interpolate`${args.prefix ?? ""}${password.result}`;
  }
}
