import type { SecretSource } from "./source.ts";

/** Arguments of {@link Credential}. */
export interface CredentialArgs {
  /** The application that the value belongs to. */
  readonly application: string;
  /** The namespaces that get a Secret with the value; each user reads the one in its own. */
  readonly namespaces: readonly string[];
  /** The key of the value in each Secret; a Secret that somebody else keeps has its own. */
  readonly key: string;
  /**
   * Where the value comes from.
   * @default generated (letters and digits, so that it needs no escaping in a URL or a shell: S2.23)
   */
  readonly source?: SecretSource;
  /**
   * Further keys of each Secret, made from the value: a URL with the password in it.
   * @default none
   */
  readonly derived?: Readonly<Record<string, (value: string) => string>>;
  /**
   * A server is to know the value's bcrypt hash and no more: the source has to have one.
   * @default false
   */
  readonly hashed?: boolean;
  /**
   * What would be lost if the value changed once it has been used: "every provider credential stored in the database".
   * Nothing regenerates such a value, a change of its source or value is refused, and `protect` in the options keeps it
   * from being deleted. Of a Secret that somebody else keeps, only the place is seen and held fast: that is told with
   * each update.
   * @default none: the value may change
   */
  readonly writeOnce?: string;
  /**
   * Protects the value and its Secrets, and leaves the Secrets behind when the stack is destroyed. A Secret goes with
   * its namespace all the same, unless that stays, too.
   * @default false
   */
  readonly retain?: boolean;
}
