import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DatabaseConnection, SecretRef } from "../../core/connection.ts";
import { Credential } from "../../core/credential/index.ts";
import { refuseArguments } from "../../core/invalid-args.ts";
import { distinctCallers, renderAddressEgress } from "../../core/network/render-address-egress.ts";
import { TOKENS } from "../../core/tokens.ts";
import { consumerSlug } from "../consumers.ts";
import { POSTGRES } from "../endpoints.ts";
import type { ExternalConsumer, PostgresExternalArgs } from "./args.ts";
import { validatePostgresExternalArgs } from "./validate-args.ts";

/**
 * An existing PostgreSQL server outside the cluster. The platform does not configure it. It only opens the network
 * for the pods that use it.
 */
export class PostgresExternal extends pulumi.ComponentResource {
  /** One connection per consumer, to its own database as its own role. */
  readonly connections: Readonly<Record<string, DatabaseConnection>>;

  constructor(name: string, args: PostgresExternalArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`PostgresExternal "${name}"`, validatePostgresExternalArgs(args));
    super(TOKENS.PostgresExternal, name, {}, opts);

    for (const [caller, endpoint] of distinctCallers(args.consumers)) {
      new kubernetes.networking.v1.NetworkPolicy(
        `${name}-${endpoint.namespace}-${caller}`,
        renderAddressEgress(`${caller}-${POSTGRES}`, endpoint, { cidrs: args.cidrs, ports: [args.port] }),
        { parent: this },
      );
    }
    this.connections = Object.fromEntries(
      Object.entries(args.consumers).map(([consumer, { namespace, password, ...rest }]) => {
        const credential = new Credential(
          `${name}-${consumerSlug(consumer)}`,
          { application: consumerSlug(consumer), namespaces: [namespace], key: "password", source: password },
          { parent: this },
        );
        return [consumer, connectionOf(args, rest, credential.refIn(namespace))];
      }),
    );
    this.registerOutputs({
      connections: Object.fromEntries(
        Object.entries(this.connections).map(([consumer, { url, secret }]) => [
          consumer,
          { url, secretName: secret.name },
        ]),
      ),
    });
  }
}

function connectionOf(
  { host, port, sslMode, storageGi }: PostgresExternalArgs,
  { database, role }: Pick<ExternalConsumer, "database" | "role">,
  secret: SecretRef,
): DatabaseConnection {
  return {
    host,
    port,
    url: `postgresql://${role}@${host}:${port}/${database}?sslmode=${sslMode}`,
    database,
    role,
    sslMode,
    secret,
    ...(storageGi === undefined ? {} : { storageGi }),
  };
}
