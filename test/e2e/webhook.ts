import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Credentials } from "../../sandbox/cluster/access.ts";

interface Webhook {
  readonly name: string;
  /** Sends every new ConfigMap of the namespace to the webhook. */
  configuration(namespace: string): object;
  close(): void;
}

/** A validating webhook that denies everything; the API server's own certificate is good for 127.0.0.1. */
export async function startWebhook({ ca, cert, key }: Credentials, message: string): Promise<Webhook> {
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    let body = "";
    incoming.setEncoding("utf8").on("data", (part: string) => (body += part));
    incoming.on("end", () => {
      const { request } = JSON.parse(body) as { request: { uid: string } };
      const response = { uid: request.uid, allowed: false, status: { message } };
      outgoing.setHeader("content-type", "application/json");
      outgoing.end(JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response }));
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const name = "denies-config-maps";
  return {
    name,
    configuration: (namespace) => ({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name },
      webhooks: [
        {
          name: "config-maps.webhook.example",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          failurePolicy: "Fail",
          clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: ca.toString("base64") },
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
          rules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] },
          ],
        },
      ],
    }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
