import type { CredentialName } from "./feature.ts";

/** Every credential whose source a stack can choose, and its owner. */
export const CREDENTIALS: Readonly<Record<CredentialName, string>> = {
  postgresSuperuser: "PostgreSQL's superuser. No application uses it. Written once.",
  postgresLitellm: "The gateway's role in PostgreSQL.",
  postgresPhoenix: "Phoenix's role in PostgreSQL.",
  postgresOpenWebui: "Open WebUI's role in PostgreSQL.",
  redisLitellm: "The gateway's user in Redis, for limits and spend.",
  redisLitellmCache: "The gateway's user in Redis, for cached answers.",
  redisOpenWebui: "Open WebUI's user in Redis.",
  etcdRoot: "etcd's root user.",
  litellmMasterKey: "The gateway's master key, which has all rights. Begins with `sk-`.",
  litellmSaltKey:
    "Encrypts the provider credentials in the gateway's database. Begins with `sk-`. Written once.",
  phoenixSecret:
    "Signs Phoenix's sessions: 32 characters at least, with a digit and a lower-case letter. Written once.",
  phoenixAdmin: "The password of Phoenix's first administrator.",
  phoenixSystemKey: "The key of Phoenix's administrator, for programs of operators.",
  phoenixTracesKey:
    "The key with which the gateway sends its traces to Phoenix. Never generated: the gateway uses `phoenixSystemKey` until you set it (docs/operations.md).",
  openWebuiAdmin: "The password of Open WebUI's first administrator.",
  openWebuiSecretKey: "Signs Open WebUI's sessions and encrypts what it stores. Written once.",
};
