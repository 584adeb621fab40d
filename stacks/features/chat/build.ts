import type * as pulumi from "@pulumi/pulumi";
import type { Connection, DatabaseConnection, RedisConnection } from "../../../components/core/connection.ts";
import type { Image } from "../../../components/core/images.ts";
import type { OpenWebUiSecrets } from "../../../components/open-webui/args.ts";
import { OPEN_WEBUI } from "../../../components/open-webui/endpoints.ts";
import { OpenWebUi } from "../../../components/open-webui/index.ts";
import type { Exposure } from "../../../components/core/workload/exposure.ts";
import type { Squash } from "../../../components/core/workload/render-pod.ts";
import { publicUrlOf } from "../../rules/public-url.ts";
import type { ChatConfig } from "./schema.ts";

/** The dependencies of Open WebUI. */
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
  /** The result of `exposureOf` for the section. */
  readonly exposure: Exposure;
  readonly retain: boolean;
}

/** Creates Open WebUI from the configuration. */
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
