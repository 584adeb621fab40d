/** A credential of the platform, as a stack's configuration names it. */
export interface NamedCredential {
  /** Whose it is. */
  readonly description: string;
}

/** Every credential whose source a stack can choose: the one list of their names. */
export const CREDENTIALS = {
  postgresSuperuser: { description: "PostgreSQL's superuser, whom no application gets. Written once." },
  postgresLitellm: { description: "The gateway's role in PostgreSQL." },
  postgresPhoenix: { description: "Phoenix's role in PostgreSQL." },
  postgresOpenWebui: { description: "Open WebUI's role in PostgreSQL." },
  redisLitellm: { description: "The gateway's user in Redis." },
  redisOpenWebui: { description: "Open WebUI's user in Redis." },
  etcdRoot: { description: "etcd's root user." },
  litellmMasterKey: { description: "The gateway's master key, which may do everything. Begins with `sk-`." },
  litellmSaltKey: {
    description:
      "Encrypts the provider credentials in the gateway's database. Begins with `sk-`. Written once.",
  },
  phoenixSecret: {
    description:
      "Signs Phoenix's sessions: 32 characters at least, with a digit and a lower-case letter. Written once.",
  },
  phoenixAdmin: { description: "The password of Phoenix's first administrator." },
  phoenixSystemKey: { description: "The key with which the gateway sends its traces to Phoenix." },
  openWebuiAdmin: { description: "The password of Open WebUI's first administrator." },
  openWebuiSecretKey: {
    description: "Signs Open WebUI's sessions and encrypts what it stores. Written once.",
  },
} as const satisfies Readonly<Record<string, NamedCredential>>;

export type CredentialName = keyof typeof CREDENTIALS;
