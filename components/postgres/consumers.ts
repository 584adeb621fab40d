import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { SecretSource } from "../core/credential/source.ts";
import { roleNameProblem } from "./render-roles.ts";

/** An extension that PostgreSQL loads from its image: pgvector. */
export type Extension = "vector";

/** An application that has a role and a database of its name, and nothing else on the server. */
export interface Consumer {
  /** Where its Secret with the password is. */
  readonly namespace: string;
  /**
   * Extensions in its database. Only the superuser may create them, so the server's side does.
   * @default none
   */
  readonly extensions?: readonly Extension[];
  /**
   * Where the role's password comes from.
   * @default generated
   */
  readonly password?: SecretSource;
}

/** Consumers by the name of their role and database. */
export type Consumers = Readonly<Record<string, Consumer>>;

/** Names of objects are Kubernetes names, which have no underscores: `open_webui` -> `open-webui`. Role names have no dashes, so no two are one. */
export function consumerSlug(consumer: string): string {
  return consumer.replaceAll("_", "-");
}

/** Extensions by consumer. */
export function extensionsOf(consumers: Consumers): Record<string, readonly Extension[]> {
  return Object.fromEntries(
    Object.entries(consumers).map(([consumer, { extensions = [] }]) => [consumer, extensions]),
  );
}

/** What is wrong with the names of consumers; nothing when they fit. */
export function consumerProblems(consumers: Readonly<Record<string, unknown>>): ArgumentProblem[] {
  return Object.keys(consumers).flatMap((consumer) => {
    const problem = roleNameProblem(consumer);
    if (problem === undefined) return [];
    return [
      {
        propertyPath: `consumers[${JSON.stringify(consumer)}]`,
        reason: `${problem}: it names a role, a database and an environment variable`,
      },
    ];
  });
}

/** What is wrong with the size of a volume; nothing when it fits. */
export function storageProblems(storageGi: number): ArgumentProblem[] {
  if (Number.isInteger(storageGi) && storageGi >= 1) return [];
  return [{ propertyPath: "storageGi", reason: "must be a whole number of GiB, at least 1" }];
}
