import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { describeSource, type SecretSource } from "./source.ts";

/** Arguments of the guard of a write-once value. */
export interface WriteOnceArgs {
  /** What a change would lose, for the message: "every provider credential stored in the database". */
  readonly loss: string;
  readonly source: SecretSource;
  /** The value, if the program has it. */
  readonly value?: pulumi.Output<string>;
}

/**
 * Rejects a change of a value that data was written with, in preview and in update. A Stash stores the first and
 * the current input, and the engine calls this hook before the two can differ. Users of the value depend on the
 * Stash, so a rejected change has no effect on them.
 *
 * If the program has the value, only the value counts, so it can move from one source to another. For an existing
 * Secret the program knows only its name.
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

/** The hook. Its error says what would be lost, how to go back, and how to proceed anyway. */
export function refuseChange(loss: string) {
  return ({ urn }: { readonly urn: string }): never => {
    throw new Error(
      `its source or value changes, which would lose ${loss}. Set it back. If this is the same value ` +
        `from another source, or if you accept the loss: pulumi state unprotect '${urn}' && pulumi up --replace '${urn}'`,
    );
  };
}

/** The warning that the program cannot guard a value that it does not see. */
export function unseenValue(name: string, loss: string): string {
  return (
    `${name} is written once, and its value is in an existing Secret: another Secret is rejected, ` +
    `but another value in it goes unnoticed and would lose ${loss}`
  );
}

/**
 * A hash detects a change without a second copy of the value. It is secret, because a weak value can be guessed
 * from its hash.
 */
function fingerprint({ source, value }: WriteOnceArgs): pulumi.Input<string> {
  if (source.kind === "existing" || source.kind === "onepassword-operator") return describeSource(source);
  return pulumi.secret(
    (value ?? pulumi.output("")).apply((text) => createHash("sha256").update(text).digest("hex")),
  );
}
