/** The user of the probes. It may only ping the server, and end what blocks it. */
export const PROBE_USER = "probe";

/** Valid names of consumers. They need no escaping in a URL, an access rule or an environment variable. */
const CONSUMER = /^[a-z][a-z0-9_]{0,30}$/;
const RESERVED = ["default", PROBE_USER];

/** Why a name is not valid for a consumer, whose user and key prefix it becomes; undefined if it is. */
export function consumerProblem(name: string): string | undefined {
  if (!CONSUMER.test(name))
    return `must match ${CONSUMER.source}: it names a user, and its keys begin with it`;
  return RESERVED.includes(name) ? "is a name that the server keeps for itself" : undefined;
}

/** Kubernetes names cannot contain underscores. Consumer names contain no dashes, so the result is unique. */
export function consumerSlug(consumer: string): string {
  return consumer.replaceAll("_", "-");
}
