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

/** Characters of a generated value. 48 of 62 characters hold 285 bits, and bcrypt reads 72 at most (apps.md §7). */
const LENGTH_CHARACTERS = 48;

/** A secret value, and a Secret that holds it in each namespace that needs it. The value itself never leaves. */
export class Credential extends pulumi.ComponentResource {
  /** The value's bcrypt hash, secret: `$2a$10$…` of a generated value; what the source gives otherwise. */
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
    // What is refused stops here: no Secret is made from the new value, and no pod is told another Secret's name.
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

  /** The value and its hash, where the program has them. */
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
      // Of the whole value, or of none.
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
      // An Output of the guard, so that pods wait for it.
      return { name: guard?.urn.apply(() => source.name) ?? source.name, key: source.key };
    }
    if (source.kind === "onepassword-operator") {
      const item = onePasswordItem(name, { application: args.application, namespace, ...source }, opts);
      return { name: item.metadata.name, key: source.field };
    }
    const texts = Object.entries({ [args.key]: (text: string) => text, ...args.derived });
    // No fixed name: a new value makes a Secret with a new name, so every pod that uses it rolls, and only those.
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

/** Nothing where nothing is asked: the component's own `protect` goes down to its children. */
function protection({ retain = false }: CredentialArgs) {
  return retain ? { protect: true, retainOnDelete: true } : {};
}
