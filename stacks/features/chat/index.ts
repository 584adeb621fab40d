import { serviceHost } from "../../../components/core/connection.ts";
import {
  OPEN_WEBUI,
  OPEN_WEBUI_CHANNELS,
  OPEN_WEBUI_PORT,
  OPEN_WEBUI_ROLE,
  openWebUiEndpoints,
} from "../../../components/open-webui/endpoints.ts";
import { DEFAULT_CONNECTIONS } from "../../../components/postgres/connection-limits.ts";
import { exposureOf } from "../../exposure.ts";
import type { Feature } from "../../feature.ts";
import { defined, required } from "../../given.ts";
import { imageOf } from "../../images.ts";
import { namespaceOf } from "../../namespace-of.ts";
import { squashFor } from "../../squash.ts";
import { buildChat } from "./build.ts";
import { chatProblems } from "./rules.ts";
import { chatSchema } from "./schema.ts";

export const chat: Feature<"chat"> = {
  name: "chat",
  schema: chatSchema,
  toggle: { default: true, description: "The chat interface, Open WebUI." },
  stage: "services",
  plan(config) {
    const namespace = namespaceOf(config, "chat");
    const { server } = openWebUiEndpoints(namespace);
    const user = { namespace, callers: [server] };
    const { exposure: section, storageClass } = config.chat;
    return {
      namespaces: { chat: { namespace, retain: config.profile === "prod" } },
      workloads: [server],
      images: ["openWebui"],
      uses: [
        {
          of: "gateway",
          name: OPEN_WEBUI,
          needs: "to-work",
          required: "Open WebUI gets its models from the gateway",
          ...user,
        },
        {
          of: "database",
          name: OPEN_WEBUI_ROLE,
          credential: "postgresOpenWebui",
          connections: config.chat.replicas * DEFAULT_CONNECTIONS,
          needs: "to-start",
          required: "Open WebUI stores its users and chats in PostgreSQL",
          ...user,
        },
        {
          of: "redis",
          name: OPEN_WEBUI_ROLE,
          credential: "redisOpenWebui",
          channels: OPEN_WEBUI_CHANNELS,
          // Its locks and tasks are scripts.
          scripts: true,
          // Open WebUI connects while it starts, and connections to a Service without pods time out instead of being refused.
          // Waiting takes no extra time, because Redis is ready long before the database.
          needs: "to-start",
          ...user,
        },
      ],
      exposed: {
        path: ["chat", "exposure"],
        config: section,
        exposure: exposureOf(section, config.ingressController),
        server,
      },
      data: [{ path: ["chat", "storageClass"], storageClass, isDatabase: false }],
      services: [
        {
          component: OPEN_WEBUI,
          namespace,
          address: `${serviceHost(OPEN_WEBUI, namespace)}:${OPEN_WEBUI_PORT}`,
          protocol: "http",
          workload: { kind: "StatefulSet", name: OPEN_WEBUI },
          version: imageOf(config, "openWebui").tag,
        },
      ],
    };
  },
  rules: chatProblems,
  build({ config, sources, connection, opts }) {
    const built = buildChat(
      config.chat,
      {
        namespace: namespaceOf(config, "chat"),
        image: imageOf(config, "openWebui"),
        gateway: required(connection("gateway", OPEN_WEBUI), OPEN_WEBUI),
        database: required(connection("database", OPEN_WEBUI_ROLE), OPEN_WEBUI_ROLE),
        ...defined({
          redis: connection("redis", OPEN_WEBUI_ROLE),
          squash: squashFor(config, config.chat.storageClass),
        }),
        secrets: defined({ secretKey: sources.openWebuiSecretKey, adminPassword: sources.openWebuiAdmin }),
        exposure: exposureOf(config.chat.exposure, config.ingressController),
        retain: config.profile === "prod",
      },
      opts,
    );
    return {
      resources: [built],
      secrets: {
        openWebuiAdminPassword: {
          namespace: namespaceOf(config, "chat"),
          ref: built.admin.secret,
          service: OPEN_WEBUI,
          user: config.chat.adminEmail,
        },
      },
    };
  },
};
