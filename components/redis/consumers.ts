/** The user of the probes: it may ask whether the server is there, and nothing else. */
export const PROBE_USER = "probe";

/** What a consumer may be called: needs no escaping in a URL, an access rule or an environment variable. */
const CONSUMER = /^[a-z][a-z0-9_]{0,30}$/;
const RESERVED = ["default", PROBE_USER];

/** Why a name cannot be a consumer's: it names a user and begins keys. Nothing when it can. */
export function consumerProblem(name: string): string | undefined {
  if (!CONSUMER.test(name))
    return `must match ${CONSUMER.source}: it names a user, and its keys begin with it`;
  return RESERVED.includes(name) ? "is a name that the server keeps for itself" : undefined;
}

/** Names of objects are Kubernetes names, which have no underscores; names of consumers have no dashes. */
export function consumerSlug(consumer: string): string {
  return consumer.replaceAll("_", "-");
}
