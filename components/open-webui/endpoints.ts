import { workloadLabels } from "../core/labels.ts";
import type { Endpoint } from "../core/network/endpoint.ts";

/** Name of the application, its Service, its StatefulSet and its virtual key. */
export const OPEN_WEBUI = "open-webui";
/** Name of its role and database, and of its Redis user: neither takes a dash. */
export const OPEN_WEBUI_ROLE = "open_webui";
/** The interface and the API. */
export const OPEN_WEBUI_PORT = 8080;
/** What its Redis user may use besides its own prefix: the channel of python-socketio, which cannot be given one. */
export const OPEN_WEBUI_CHANNELS = ["socketio"];

/** The pods of Open WebUI. */
export function openWebUiEndpoints(namespace: string) {
  return {
    server: { namespace, podLabels: workloadLabels(OPEN_WEBUI, "server"), ports: { http: OPEN_WEBUI_PORT } },
  } satisfies Record<string, Endpoint>;
}
