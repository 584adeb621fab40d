import type { SecretSource } from "../../core/credential/source.ts";
import type { Endpoint } from "../../core/network/endpoint.ts";

/** An application that uses the server. */
interface ExternalRedisConsumer {
  /** Namespace of its Secret with the password. */
  readonly namespace: string;
  /** The pods that connect. */
  readonly callers: readonly Endpoint[];
}

/** Arguments of {@link RedisExternal}. */
export interface RedisExternalArgs {
  readonly host: string;
  readonly port: number;
  /** Addresses of the server: network policies do not support host names. */
  readonly cidrs: readonly string[];
  readonly tls: boolean;
  readonly username: string;
  readonly password: SecretSource;
  readonly consumers: Readonly<Record<string, ExternalRedisConsumer>>;
}
