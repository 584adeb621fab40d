import { type Mutation, set } from "../../mutate.ts";

/** Ways to break a program, by what each does: the invariant whose name they stand under has to see it. */
export type Breakages = Readonly<Record<string, Readonly<Record<string, Mutation>>>>;

export const DEPLOYMENT = "litellm-server-deployment";
export const STATEFULSET = "postgres-server-statefulset";
export const TEMPLATE = "inputs.spec.template.spec";
export const CONTAINER = `${TEMPLATE}.containers.0`;
export const POLICY = "network-llm-data-postgres-server";
export const MASTER_KEY = "litellm-master-key-llm-gateway";

/** A Secret of pods of others. */
export const USERS_SECRET = "nats-user-lab-1-llm-data";

/** Changes the container of the gateway. */
export const container = (path: string, value: unknown): Mutation =>
  set(DEPLOYMENT, `${CONTAINER}.${path}`, value);
