/** Two pools of SQLAlchemy with its defaults: 5 connections, and 10 more under load. */
export const DEFAULT_CONNECTIONS = 30;
/** Connections for the superuser: the Job or the operator, and people who repair something. */
export const RESERVED_CONNECTIONS = 10;
export const DEFAULT_MAX_CONNECTIONS = 200;

interface Connects {
  readonly connections?: number;
}

/** The most connections of each consumer. */
export function connectionsOf(consumers: Readonly<Record<string, Connects>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(consumers).map(([consumer, { connections = DEFAULT_CONNECTIONS }]) => [
      consumer,
      connections,
    ]),
  );
}

/** The connections that a server needs: those of every consumer, and those of the superuser. */
export function neededConnections(consumers: Readonly<Record<string, Connects>>): number {
  return Object.values(connectionsOf(consumers)).reduce((sum, each) => sum + each, RESERVED_CONNECTIONS);
}
