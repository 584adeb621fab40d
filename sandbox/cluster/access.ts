// Admin access to the API server: the kubeconfig for others, and a small client for our own checks.
import { readFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { join } from "node:path";
import { stringify } from "yaml";
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

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const answerTimeoutMs = 3_000;

/** One request; undefined when nobody answers in time. */
export function call(
  method: "GET" | "POST",
  url: string,
  tls: Partial<Credentials> & { readonly rejectUnauthorized?: boolean },
  body?: unknown,
): Promise<Answer | undefined> {
  const request = url.startsWith("https:") ? tlsRequest : plainRequest;
  return new Promise((settle) => {
    const outgoing = request(
      url,
      // No agent: a kept connection would outlive the API server that it belonged to.
      {
        method,
        ...tls,
        agent: false,
        timeout: answerTimeoutMs,
        headers: { "content-type": "application/json" },
      },
      (incoming) => {
        let text = "";
        incoming
          .setEncoding("utf8")
          .on("data", (part: string) => (text += part))
          .on("end", () => settle({ status: incoming.statusCode ?? 0, body: text }))
          .on("error", () => settle(undefined));
      },
    );
    outgoing
      .on("error", () => settle(undefined))
      .on("timeout", () => outgoing.destroy())
      .end(body === undefined ? undefined : JSON.stringify(body));
  });
}
