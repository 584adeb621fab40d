import type { SecretSource } from "./source.ts";

/** Arguments of {@link Credential}. */
export interface CredentialArgs {
  /** The application that the value belongs to. */
  readonly application: string;
  /** The namespaces that get a Secret with the value. Each user reads the Secret in its own namespace. */
  readonly namespaces: readonly string[];
  /** The key of the value in each Secret. An existing Secret has its own key. */
  readonly key: string;
  /**
   * Where the value comes from.
   * @default generated: letters and digits, which need no escaping in a URL or a shell
   *   (docs/references.md#passwords-in-addresses)
   */
  readonly source?: SecretSource;
  /**
   * More keys of each Secret that are derived from the value, such as a URL with the password.
   * @default none
   */
  readonly derived?: Readonly<Record<string, (value: string) => string>>;
  /**
   * Whether a server gets only the bcrypt hash of the value. The source must then provide a hash.
   * @default false
   */
  readonly hashed?: boolean;
  /**
   * What is lost if the value changes after its first use: "every provider credential stored in the database". The
   * value is never regenerated. A change of its source or value is rejected, and `protect` in the options prevents
   * its deletion. For an existing Secret the program sees only the location and guards only that; each update
   * prints a warning about it.
   * @default none: the value may change
   */
  readonly writeOnce?: string;
  /**
   * Protects the value and its Secrets, and keeps the Secrets when the stack is destroyed. A Secret is still
   * deleted with its namespace unless the namespace is retained too.
   * @default false
   */
  readonly retain?: boolean;
}
