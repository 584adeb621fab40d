import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { describeSource, type SecretSource } from "./source.ts";

/** What may happen to a value that is written once, and what is lost when it changes. */
export interface WriteOnceArgs {
  /** For the message: "every provider credential stored in the database". */
  readonly loss: string;
  readonly source: SecretSource;
  /** The value, where the program has it. */
  readonly value?: pulumi.Output<string>;
}

/**
 * Refuses, in preview and update alike, that a value which data was written with changes: the engine keeps what a Stash
 * held first and what it holds now apart, and asks this hook before it lets the two differ. Whatever uses the value
 * depends on the Stash, so nothing that would have followed happens either.
 *
 * Where the program has the value, only the value counts: it may be handed over from one source to another. Of a Secret
 * that somebody else keeps, the program sees the name and no more.
 */
export function writeOnceGuard(name: string, args: WriteOnceArgs, opts: pulumi.CustomResourceOptions) {
  const hook = new pulumi.ResourceHook(`${name} is written once`, refuseChange(args.loss), {
    onDryRun: true,
  });
  return new pulumi.Stash(
    name,
    { input: fingerprint(args) },
    pulumi.mergeOptions(opts, { hooks: { beforeUpdate: [hook] } }),
  );
}

/** The hook: says what would be lost, how to go back, and how to go on all the same. */
export function refuseChange(loss: string) {
  return ({ urn }: { readonly urn: string }): never => {
    throw new Error(
      `its source or value changes, and with the first value goes ${loss}. Set it back. If this is the same value ` +
        `from another place, or the loss is meant: pulumi state unprotect '${urn}' && pulumi up --replace '${urn}'`,
    );
  };
}

/** What nobody is to believe: that a value is guarded which the program does not see. */
export function unseenValue(name: string, loss: string): string {
  return (
    `${name} is written once, and its value is in a Secret that somebody else keeps: another Secret would be refused, ` +
    `another value in it is not noticed, and with the first value goes ${loss}`
  );
}

/** A hash tells two values apart without a second copy of them; secret, since a weak value can be found from it. */
function fingerprint({ source, value }: WriteOnceArgs): pulumi.Input<string> {
  if (source.kind === "existing" || source.kind === "onepassword-operator") return describeSource(source);
  return pulumi.secret(
    (value ?? pulumi.output("")).apply((text) => createHash("sha256").update(text).digest("hex")),
  );
}
