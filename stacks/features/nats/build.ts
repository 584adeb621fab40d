import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import type { Image } from "../../../components/core/images.ts";
import { NATS, natsEndpoints } from "../../../components/nats/endpoints.ts";
import { Nats } from "../../../components/nats/index.ts";
import type { NatsStream } from "../../../components/nats/streams.ts";
import { loginName } from "../../../components/nats/users.ts";
import type { Edge } from "../../../components/core/network/endpoint.ts";
import { type SecretReaders, secretSource } from "../../secret-sources.ts";
import type { NatsConfigPart } from "./schema.ts";

/** The connections that NATS needs: from users' pods to the servers, and between servers. */
export function natsEdges({ nats: { users, replicas, streams } }: NatsConfigPart, namespace: string): Edge[] {
  const { server, streams: maker } = natsEndpoints(namespace);
  const senders = users.map(({ name, namespace: theirs, pods = name }) => ({ namespace: theirs, pods }));
  const different = senders.filter(
    (sender, index) => senders.findIndex((other) => isDeepStrictEqual(other, sender)) === index,
  );
  return [
    ...different.map((sender) => ({
      from: {
        outside: { namespace: sender.namespace, podLabels: { "app.kubernetes.io/name": sender.pods } },
      },
      to: server,
      ports: ["client"],
    })),
    ...(streams.length === 0 ? [] : [{ from: maker, to: server, ports: ["client"] }]),
    ...(replicas === 1 ? [] : [{ from: server, to: server, ports: ["cluster"] }]),
  ];
}

/** The streams with every number. */
export function streamsOf({ streams, replicas }: NatsConfigPart["nats"]): NatsStream[] {
  return streams.map((stream) => ({ ...stream, replicas: stream.replicas ?? replicas }));
}

/** The arguments from the platform. */
export interface NatsUpstream {
  readonly namespace: string;
  readonly image: Image;
  /** Python, for the Job that creates the streams. */
  readonly scriptImage: Image;
  /** Readers of passwords that are not generated. */
  readonly readers: SecretReaders;
}

/** The servers, with one connection per user. */
export function buildNats(
  { profile, nats }: NatsConfigPart,
  { readers, ...upstream }: NatsUpstream,
  opts: pulumi.ComponentResourceOptions,
): Nats {
  const { replicas, storageGi, storageClass, users, accounts } = nats;
  return new Nats(
    NATS,
    {
      ...upstream,
      accounts,
      streams: streamsOf(nats),
      users: users.map((user) => ({ ...user, passwords: user.passwords.map(({ number }) => number) })),
      secrets: Object.fromEntries(
        users.flatMap(({ name, passwords }) =>
          passwords.map((source) => [loginName(name, source.number), secretSource(source, readers)]),
        ),
      ),
      replicas,
      storageGi,
      ...(storageClass === undefined ? {} : { storageClass }),
      retain: profile === "prod",
    },
    opts,
  );
}
