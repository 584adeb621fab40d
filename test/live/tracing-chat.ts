// The part of the platform that tracing and chat need, as the features build it, and its objects as a cluster gets them.
import { type Image, imageNamed } from "../../components/core/images.ts";
import { type ImageName, imageTable } from "../../sandbox/live/images/table.ts";
import { LITELLM, litellmEndpoints } from "../../components/litellm/endpoints.ts";
import { Namespace } from "../../components/core/namespace/index.ts";
import type { Edge } from "../../components/core/network/endpoint.ts";
import { Network } from "../../components/core/network/index.ts";
import {
  OPEN_WEBUI,
  OPEN_WEBUI_CHANNELS,
  OPEN_WEBUI_ROLE,
  openWebUiEndpoints,
} from "../../components/open-webui/endpoints.ts";
import { PHOENIX, phoenixEndpoints } from "../../components/phoenix/endpoints.ts";
import { postgresEndpoints } from "../../components/postgres/endpoints.ts";
import { Postgres } from "../../components/postgres/index.ts";
import { redisEndpoints } from "../../components/redis/endpoints.ts";
import { Redis } from "../../components/redis/index.ts";
import { buildChat } from "../../stacks/features/chat/build.ts";
import { chatSchema } from "../../stacks/features/chat/schema.ts";
import { buildGateway } from "../../stacks/features/gateway/build.ts";
import { gatewaySchema } from "../../stacks/features/gateway/schema.ts";
import { buildTracing } from "../../stacks/features/tracing/build.ts";
import { tracingSchema } from "../../stacks/features/tracing/schema.ts";
import type { RecordedResource, Recording } from "../harness.ts";
import { reveal } from "../secrets.ts";

/** The image that was built here in the place of the platform's, by the version that is in it. */
export const builtImage = (name: ImageName): Image => imageNamed(imageTable[name].reference);

export const MODEL = { name: "mock", provider: "mock", response: "Hello from the mock" } as const;
const NO_EXPOSURE = { kind: "none" } as const;
const gateway = gatewaySchema.parse({ database: false, models: [MODEL] });

/** Each application in a namespace of its own; the pods that `client` names may ask Phoenix and Open WebUI, as the outside. */
export function tracingAndChat(client: { readonly namespace: string; readonly podLabels: { app: string } }) {
  const namespaces = ["data", "tracing", "gateway", "chat"].map(
    (namespace) => new Namespace(namespace, { namespace }),
  );
  const network = new Network("network", { edges: edgesFor(client) }, { dependsOn: namespaces });
  const opts = { dependsOn: [network] };
  const postgres = new Postgres(
    "postgres",
    {
      namespace: "data",
      image: builtImage("postgres"),
      consumers: { [PHOENIX]: { namespace: "tracing" }, [OPEN_WEBUI_ROLE]: { namespace: "chat" } },
      storageGi: 1,
    },
    opts,
  );
  const redis = new Redis(
    "redis",
    {
      namespace: "data",
      image: builtImage("redis"),
      consumers: { [OPEN_WEBUI_ROLE]: { namespace: "chat", channels: OPEN_WEBUI_CHANNELS } },
      maxMemoryMi: 64,
      evictionPolicy: "volatile-lru",
    },
    opts,
  );
  const phoenix = buildTracing(
    tracingSchema.parse({}),
    {
      namespace: "tracing",
      image: builtImage("phoenix"),
      database: there(postgres.connections[PHOENIX]),
      consumers: { [LITELLM]: { namespace: "gateway", projectName: "gateway" } },
      exposure: NO_EXPOSURE,
      retain: false,
    },
    opts,
  );
  const litellm = buildGateway(
    gateway,
    {
      namespace: "gateway",
      image: builtImage("litellm"),
      apiKeys: {},
      tracing: there(phoenix.connections[LITELLM]),
      consumers: { [OPEN_WEBUI]: { namespace: "chat" } },
      retain: false,
    },
    opts,
  );
  buildChat(
    chatSchema.parse({ storageGi: 1 }),
    {
      namespace: "chat",
      image: builtImage("openWebui"),
      gateway: there(litellm.connections[OPEN_WEBUI]),
      database: there(postgres.connections[OPEN_WEBUI_ROLE]),
      redis: there(redis.connections[OPEN_WEBUI_ROLE]),
      exposure: NO_EXPOSURE,
      retain: false,
    },
    opts,
  );
}

function edgesFor(client: Parameters<typeof tracingAndChat>[0]): Edge[] {
  const postgres = postgresEndpoints("data");
  const phoenix = phoenixEndpoints("tracing").server;
  const chat = openWebUiEndpoints("chat").server;
  const litellm = litellmEndpoints("gateway").server;
  return [
    { from: postgres.roles, to: postgres.server },
    { from: litellm, to: phoenix, ports: ["http"] },
    { from: phoenix, to: postgres.server },
    ...[litellm, postgres.server, redisEndpoints("data").server].map((to) => ({ from: chat, to })),
    ...[phoenix, chat].map((to) => ({ from: { outside: client }, to, ports: ["http"] })),
  ];
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a connection that was asked for is not there");
  return value;
}

/** The objects that a program makes, with the secret values and the names that the mocks gave. */
export function manifests(
  recording: Recording,
  select: (resource: RecordedResource) => boolean,
): readonly unknown[] {
  return recording.resources
    .filter((resource) => resource.type.startsWith("kubernetes:") && select(resource))
    .map(({ id, inputs }) => {
      const manifest = reveal(inputs) as { readonly metadata: object };
      return { ...manifest, metadata: { ...manifest.metadata, name: id.split("/").at(-1) } };
    });
}
