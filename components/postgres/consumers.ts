import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { SecretSource } from "../core/credential/source.ts";
import { connectionsOf, DEFAULT_MAX_CONNECTIONS, neededConnections } from "./connection-limits.ts";
import { roleNameProblem } from "./render-roles.ts";

/** An extension that must be part of the image: pgvector. */
export type Extension = "vector";

/** An application with its own role and database, and no other rights on the server. */
export interface Consumer {
  /** Namespace of its Secret with the password. */
  readonly namespace: string;
  /**
   * Extensions in its database. Only the superuser may create them, so the platform does.
   * @default none
   */
  readonly extensions?: readonly Extension[];
  /**
   * The most connections of the role. The server rejects more, so no consumer can take those of another.
   * @default 30
   */
  readonly connections?: number;
  /**
   * Source of the role's password.
   * @default generated
   */
  readonly password?: SecretSource;
}

/** Consumers by the name of their role and database. */
export type Consumers = Readonly<Record<string, Consumer>>;

/**
 * Kubernetes names cannot contain underscores: `open_webui` -> `open-webui`. Role names contain no dashes, so the
 * result is unique.
 */
export function consumerSlug(consumer: string): string {
  return consumer.replaceAll("_", "-");
}

/** Extensions by consumer. */
export function extensionsOf(consumers: Consumers): Record<string, readonly Extension[]> {
  return Object.fromEntries(
    Object.entries(consumers).map(([consumer, { extensions = [] }]) => [consumer, extensions]),
  );
}

/** Problems with the names of consumers; empty if they are valid. */
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

/** Problems with the size of a volume; empty if it is valid. */
export function storageProblems(storageGi: number): ArgumentProblem[] {
  if (Number.isInteger(storageGi) && storageGi >= 1) return [];
  return [{ propertyPath: "storageGi", reason: "must be a whole number of GiB, at least 1" }];
}

/** Problems with the numbers of connections; empty if all consumers can have theirs at the same time. */
export function connectionProblems({
  consumers,
  maxConnections = DEFAULT_MAX_CONNECTIONS,
}: {
  readonly consumers: Consumers;
  readonly maxConnections?: number;
}): ArgumentProblem[] {
  const problems = Object.entries(connectionsOf(consumers)).flatMap(([consumer, connections]) =>
    Number.isInteger(connections) && connections >= 1
      ? []
      : [
          {
            propertyPath: `consumers[${JSON.stringify(consumer)}].connections`,
            reason: "must be a whole number, at least 1",
          },
        ],
  );
  const needed = neededConnections(consumers);
  return maxConnections >= needed || problems.length > 0
    ? problems
    : [{ propertyPath: "maxConnections", reason: `must be at least ${needed}: what all consumers may open` }];
}
