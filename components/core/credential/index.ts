import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { SecretRef } from "../connection.ts";
import { refuseArguments } from "../invalid-args.ts";
import { objectLabels } from "../labels.ts";
import { TOKENS } from "../tokens.ts";
import type { CredentialArgs } from "./args.ts";
import { onePasswordItem } from "./item.ts";
import { isSeen, type SecretSource } from "./source.ts";
import { validateCredentialArgs } from "./validate-args.ts";
import { unseenValue, writeOnceGuard } from "./write-once.ts";

/**
 * Length of a generated value. 48 of 62 characters hold 285 bits, and bcrypt reads at most 72 bytes
 * (docs/references.md#bcrypt-limit).
 */
const LENGTH_CHARACTERS = 48;

/** A secret value, and a Secret with it in each namespace that needs it. The value itself is not exposed. */
export class Credential extends pulumi.ComponentResource {
  /** The bcrypt hash of the value, secret: `$2a$10$…` for a generated value, otherwise the hash from the source. */
  readonly bcryptHash: pulumi.Output<string> | undefined;
  readonly #refs: ReadonlyMap<string, SecretRef>;

  constructor(name: string, args: CredentialArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Credential "${name}"`, validateCredentialArgs(args));
    super(TOKENS.Credential, name, {}, opts);

    const { source = { kind: "generated" }, writeOnce: loss } = args;
    const { value, hash } = this.#valueOf(name, args, source);
    this.bcryptHash = hash === undefined ? undefined : pulumi.secret(hash);
    if (loss !== undefined && !isSeen(source)) void pulumi.log.warn(unseenValue(name, loss), this);
    const guard =
      loss === undefined
        ? undefined
        : writeOnceGuard(
            `${name}-first`,
            { loss, source, ...(value === undefined ? {} : { value }) },
            { parent: this, ...protection(args) },
          );
    // A rejected change stops here: no Secret is created from the new value, and no pod gets the name of another
    // Secret.
    const after = { parent: this, dependsOn: guard === undefined ? [] : [guard] };
    this.#refs = new Map(
      [...new Set(args.namespaces)].map((namespace) => [
        namespace,
        this.#refOf(`${name}-${namespace}`, namespace, args, { source, value, guard }, after),
      ]),
    );
    this.registerOutputs({
      secretNames: Object.fromEntries([...this.#refs].map(([namespace, ref]) => [namespace, ref.name])),
    });
  }

  /**
   * The Secret in one of the namespaces of the credential.
   * @throws Error if the credential has no Secret in that namespace.
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

  /** The value and its hash, if the program has them. */
  #valueOf(name: string, args: CredentialArgs, source: SecretSource) {
    if (source.kind === "config") return { value: source.value, hash: source.bcryptHash };
    if (source.kind !== "generated") return { value: undefined, hash: source.bcryptHash };
    const password = new random.RandomPassword(
      `${name}-value`,
      { length: LENGTH_CHARACTERS, special: false },
      { parent: this, ignoreChanges: args.writeOnce === undefined ? [] : ["*"], ...protection(args) },
    );
    const { prefix = "" } = source;
    return {
      value: pulumi.interpolate`${prefix}${password.result}`,
      // The hash must be of the whole value, and the prefix is not part of it.
      hash: prefix === "" ? password.bcryptHash : undefined,
    };
  }

  #refOf(
    name: string,
    namespace: string,
    args: CredentialArgs,
    from: {
      readonly source: SecretSource;
      readonly value: pulumi.Output<string> | undefined;
      readonly guard: pulumi.Stash | undefined;
    },
    opts: pulumi.CustomResourceOptions,
  ): SecretRef {
    const { source, value, guard } = from;
    if (source.kind === "existing") {
      // Derived from an output of the guard, so that pods wait for the guard.
      return { name: guard?.urn.apply(() => source.name) ?? source.name, key: source.key };
    }
    if (source.kind === "onepassword-operator") {
      const item = onePasswordItem(name, { application: args.application, namespace, ...source }, opts);
      return { name: item.metadata.name, key: source.field };
    }
    const texts = Object.entries({ [args.key]: (text: string) => text, ...args.derived });
    // No fixed name: a new value creates a Secret with a new name, so exactly the pods that use it roll.
    const secret = new kubernetes.core.v1.Secret(
      name,
      {
        metadata: { namespace, labels: objectLabels(args.application) },
        immutable: true,
        stringData: Object.fromEntries(
          texts.map(([key, make]) => [key, pulumi.secret(pulumi.output(value ?? "").apply(make))]),
        ),
      },
      { ...opts, ...protection(args) },
    );
    return { name: secret.metadata.name, key: args.key };
  }
}

/** Empty if not requested, so that `protect` of the component applies to its children. */
function protection({ retain = false }: CredentialArgs) {
  return retain ? { protect: true, retainOnDelete: true } : {};
}
