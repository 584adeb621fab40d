import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RedisConnection } from "../../core/connection.ts";
import { Credential } from "../../core/credential/index.ts";
import { refuseArguments } from "../../core/invalid-args.ts";
import { distinctCallers, renderAddressEgress } from "../../core/network/render-address-egress.ts";
import { TOKENS } from "../../core/tokens.ts";
import { consumerSlug } from "../consumers.ts";
import { REDIS, redisUrl } from "../endpoints.ts";
import type { RedisExternalArgs } from "./args.ts";
import { validateRedisExternalArgs } from "./validate-args.ts";

/**
 * An existing Redis server. All consumers share one user, so prefixes only separate their keys. Tenants that must
 * not read each other's data need separate servers.
 */
export class RedisExternal extends pulumi.ComponentResource {
  /** One connection per consumer. */
  readonly connections: Readonly<Record<string, RedisConnection>>;

  constructor(name: string, args: RedisExternalArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`RedisExternal "${name}"`, validateRedisExternalArgs(args));
    super(TOKENS.RedisExternal, name, {}, opts);

    for (const [caller, endpoint] of distinctCallers(args.consumers)) {
      new kubernetes.networking.v1.NetworkPolicy(
        `${name}-${endpoint.namespace}-${caller}`,
        renderAddressEgress(`${caller}-${REDIS}`, endpoint, { cidrs: args.cidrs, ports: [args.port] }),
        { parent: this },
      );
    }
    const { host, port, tls, username } = args;
    this.connections = Object.fromEntries(
      Object.entries(args.consumers).map(([consumer, { namespace }]) => {
        const credential = new Credential(
          `${name}-${consumerSlug(consumer)}`,
          {
            application: consumerSlug(consumer),
            namespaces: [namespace],
            key: "password",
            source: args.password,
          },
          { parent: this },
        );
        const url = redisUrl(username, args);
        const secret = credential.refIn(namespace);
        return [consumer, { host, port, tls, username, url, prefix: consumer, secret }];
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
