// Admin access to the API server: the kubeconfig for others, and single requests for our own checks.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { Http, type HttpResponse } from "../kubernetes/http.ts";
import type { Connection } from "../kubernetes/kubeconfig.ts";
import { clusterName } from "./layout.ts";

export interface Credentials {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export function readCredentials(pki: string): Credentials {
  return {
    ca: readFileSync(join(pki, "ca.crt")),
    cert: readFileSync(join(pki, "admin.crt")),
    key: readFileSync(join(pki, "admin.key")),
  };
}

/** With the certificates inside, so that the file can be copied. */
export function renderKubeconfig(port: number, { ca, cert, key }: Credentials): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": clusterName,
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
    clusters: [
      {
        name: clusterName,
        cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": ca.toString("base64") },
      },
    ],
    users: [
      {
        name: clusterName,
        user: {
          "client-certificate-data": cert.toString("base64"),
          "client-key-data": key.toString("base64"),
        },
      },
    ],
  });
}

const ANSWER_TIMEOUT_SECONDS = 3;

/** One request; undefined when there is no answer in time. */
export async function call(
  method: "GET" | "POST",
  url: string,
  tls: Connection["tls"],
  body?: unknown,
): Promise<HttpResponse | undefined> {
  const { origin, pathname } = new URL(url);
  // A client per request: a kept connection would outlive the API server that it belonged to.
  const http = new Http({
    server: new URL(origin),
    tls,
    headers: () => Promise.resolve({}),
    namespace: undefined,
  });
  try {
    return await http.once({
      method,
      path: pathname,
      body,
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_SECONDS * 1000),
    });
  } catch {
    return undefined;
  } finally {
    http.close();
  }
}
