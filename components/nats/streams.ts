import { byFirst } from "../core/sorted.ts";
import { DEFAULT_ACCOUNT } from "./accounts.ts";
import type { NatsUser } from "./users.ts";

/** A durable consumer of a stream, for users that fetch. */
interface NatsConsumer {
  readonly name: string;
  /**
   * The subjects of the stream that it delivers.
   * @default all
   */
  readonly subjects?: readonly string[];
  /** Seconds until a message that was not acknowledged is delivered again. */
  readonly ackSeconds: number;
  /** Messages that are delivered and not acknowledged. */
  readonly maxPending: number;
  /**
   * How often a message is delivered.
   * @default until it is acknowledged
   */
  readonly maxDeliveries?: number | undefined;
}

/** A stream that the platform makes, so that no user needs the right to create streams. */
export interface NatsStream {
  readonly name: string;
  /** @default main */
  readonly account?: string;
  readonly subjects: readonly string[];
  readonly storage: "file" | "memory";
  readonly retention: "limits" | "interest" | "workqueue";
  /** In MiB. A full stream deletes its oldest messages; a work queue rejects new ones. */
  readonly maxMi: number;
  /** 0: messages have no age limit. */
  readonly maxAgeSeconds: number;
  readonly replicas: number;
  readonly consumers: readonly NatsConsumer[];
}

const NANOSECONDS = 1_000_000_000;

/** The login of the Job in an account. User names have no underscores, so it is the login of no user. */
export function streamsLogin(account: string): string {
  return `streams_${account}`;
}

/** The Job's user in an account: it makes and changes streams and consumers. */
export function streamsUser(account: string, namespace: string): NatsUser {
  return {
    name: streamsLogin(account),
    namespace,
    account,
    publish: [
      ...["INFO", "CREATE", "UPDATE"].map((verb) => `$JS.API.STREAM.${verb}.*`),
      "$JS.API.CONSUMER.CREATE.>",
    ],
    subscribe: [],
  };
}

/** The Job's environment variable with the password of {@link streamsLogin}. */
export function streamsVariable(account: string): string {
  return `PASSWORD_${account.replaceAll("-", "_").toUpperCase()}`;
}

/** The accounts that have streams, in order. */
export function streamAccounts(streams: readonly NatsStream[]): string[] {
  return [...new Set(streams.map(({ account = DEFAULT_ACCOUNT }) => account))].sort();
}

/** The input of the Job's script. It contains names of variables, no secrets. */
export function renderStreams(streams: readonly NatsStream[]): string {
  const byAccount = Map.groupBy(streams, ({ account = DEFAULT_ACCOUNT }) => account);
  const accounts = [...byAccount].sort(byFirst).map(([account, theirs]) => ({
    login: streamsLogin(account),
    passwordVariable: streamsVariable(account),
    streams: theirs
      .map((stream) => [stream.name, renderStream(stream)] as const)
      .sort(byFirst)
      .map(([, each]) => each),
  }));
  return `${JSON.stringify({ accounts }, undefined, 2)}\n`;
}

/** https://docs.nats.io/nats-concepts/jetstream/streams and .../consumers */
function renderStream({ consumers, ...stream }: NatsStream) {
  return {
    config: {
      name: stream.name,
      subjects: [...stream.subjects],
      storage: stream.storage,
      retention: stream.retention,
      max_bytes: stream.maxMi * 1024 ** 2,
      max_age: stream.maxAgeSeconds * NANOSECONDS,
      discard: stream.retention === "workqueue" ? "new" : "old",
      num_replicas: stream.replicas,
    },
    consumers: consumers.map(({ name, subjects = [], ackSeconds, maxPending, maxDeliveries = -1 }) => ({
      name,
      durable_name: name,
      ack_policy: "explicit",
      ack_wait: ackSeconds * NANOSECONDS,
      max_ack_pending: maxPending,
      max_deliver: maxDeliveries,
      ...(subjects.length === 0 ? {} : { filter_subjects: [...subjects] }),
    })),
  };
}
