import { workloadLabels } from "../core/labels.ts";
import type { Endpoint } from "../core/network/endpoint.ts";

/** Name of the application, the Service, the StatefulSet and the virtual key. */
export const OPEN_WEBUI = "open-webui";
/** Name of its role, its database and its Redis user. These names cannot contain a dash. */
export const OPEN_WEBUI_ROLE = "open_webui";
/** The port of the user interface and the API. */
export const OPEN_WEBUI_PORT = 8080;
/** Additional channel of its Redis user: python-socketio cannot use a prefix. */
export const OPEN_WEBUI_CHANNELS = ["socketio"];

/** The pods of Open WebUI. */
export function openWebUiEndpoints(namespace: string) {
  return {
    server: { namespace, podLabels: workloadLabels(OPEN_WEBUI, "server"), ports: { http: OPEN_WEBUI_PORT } },
  } satisfies Record<string, Endpoint>;
}
