import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { Connection, DatabaseConnection, RedisConnection } from "../../components/core/connection.ts";
import type { Image } from "../../components/core/images.ts";
import type { Edge, Endpoint } from "../../components/core/network/endpoint.ts";
import type { OpenWebUiSecrets } from "../../components/open-webui/args.ts";
import { OPEN_WEBUI, openWebUiEndpoints } from "../../components/open-webui/endpoints.ts";
import { OpenWebUi } from "../../components/open-webui/index.ts";
import { type Exposure, exposureEdges } from "../../components/core/workload/exposure.ts";
import type { Squash } from "../../components/core/workload/render-pod.ts";
import { type ConfigProblem, fixCommand } from "../config-problem.ts";
import { chatSchema } from "./chat-schema.ts";
import { publicUrlOf, publicUrlProblems } from "./public-url.ts";

export { chatSchema };

export type ChatConfig = z.output<typeof chatSchema>;

/** What this feature reads of a stack's configuration. */
export interface ChatConfigPart {
  readonly features: { readonly postgres: boolean; readonly gateway: boolean; readonly redis: boolean };
  readonly chat: ChatConfig;
}

/** What is wrong between the keys. Call it when the feature is on; exposures have their own rules besides. */
export function chatProblems({ features, chat }: ChatConfigPart): ConfigProblem[] {
  const off = fixCommand(["features", "chat"], "false");
  const needs = [
    ["postgres", "Open WebUI keeps its users and chats in PostgreSQL (features.chat is on)"],
    ["gateway", "Open WebUI gets its models from the gateway (features.chat is on)"],
  ] as const;
  return [
    ...needs
      .filter(([feature]) => !features[feature])
      .map(([feature, reason]) => ({
        path: ["features", feature],
        value: false,
        reason,
        fix: `${fixCommand(["features", feature], "true")}  (or: ${off})`,
      })),
    ...(chat.replicas > 1 ? replicaProblems(features, chat) : []),
    ...publicUrlProblems(["chat"], chat),
  ];
}

function replicaProblems(features: ChatConfigPart["features"], chat: ChatConfig): ConfigProblem[] {
  const one = fixCommand(["chat", "replicas"], "1");
  return [
    ...(features.redis
      ? []
      : [
          {
            path: ["chat", "replicas"],
            value: chat.replicas,
            reason: "several pods share their sessions and events in Redis",
            fix: `${fixCommand(["features", "redis"], "true")}  (or: ${one})`,
          },
        ]),
    ...(chat.sharedStorage
      ? []
      : [
          {
            path: ["chat", "sharedStorage"],
            value: false,
            reason: `${chat.replicas} pods need a volume that all of them can write to`,
            fix: `${fixCommand(["chat", "sharedStorage"], "true")}  (or: ${one})`,
          },
        ]),
  ];
}

/** What Open WebUI stands on. */
export interface ChatInputs {
  readonly namespace: string;
  readonly image: Image;
  /** With the virtual key of the consumer `open-webui`. */
  readonly gateway: Connection;
  /** As the role `open_webui`. */
  readonly database: DatabaseConnection;
  /** As the user `open_webui`, who may use the channels OPEN_WEBUI_CHANNELS. */
  readonly redis?: RedisConnection;
  readonly squash?: Squash;
  readonly secrets?: OpenWebUiSecrets;
  /** What `exposureOf` makes of the section. */
  readonly exposure: Exposure;
  readonly retain: boolean;
}

/** Open WebUI as the configuration says. */
export function buildChat(
  chat: ChatConfig,
  inputs: ChatInputs,
  opts: pulumi.ComponentResourceOptions,
): OpenWebUi {
  const { adminEmail, storageGi, storageClass, sharedStorage, replicas } = chat;
  const publicUrl = publicUrlOf(chat);
  return new OpenWebUi(
    OPEN_WEBUI,
    {
      ...inputs,
      adminEmail,
      replicas,
      storage: { storageGi, shared: sharedStorage, ...(storageClass === undefined ? {} : { storageClass }) },
      ...(publicUrl === undefined ? {} : { publicUrl }),
    },
    opts,
  );
}

/** The far ends of Open WebUI's edges. Absent where they are outside the cluster, or not used. */
export interface ChatNeighbours {
  readonly gateway: Endpoint;
  readonly database: Endpoint | undefined;
  readonly redis: Endpoint | undefined;
  readonly exposure: Exposure;
}

/** Every direction of traffic that Open WebUI needs. Nothing to the internet. */
export function chatEdges(namespace: string, { gateway, database, redis, exposure }: ChatNeighbours): Edge[] {
  const { server } = openWebUiEndpoints(namespace);
  return [
    ...[gateway, database, redis].flatMap((to) => (to === undefined ? [] : [{ from: server, to }])),
    ...exposureEdges(exposure, server),
  ];
}
