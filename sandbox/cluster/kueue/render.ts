// What differs when Kueue's manager is a process beside the API server, and not a pod. Pure.
import {
  type ClientConfig,
  commonConfiguration,
  KUEUE_NAMESPACE,
  type KueueObject,
  usedObjects,
} from "./objects.ts";

const KUEUE_ACCOUNT = "kueue-controller-manager";
/** Holds the certificate that the manager makes for its webhooks. A pod would mount it. */
export const CERTIFICATE_SECRET = "kueue-webhook-server-cert";

export interface KueuePorts {
  readonly webhooks: number;
  readonly health: number;
}

/** The manager's pod and configuration, which the process replaces. */
const isOfPod = ({ kind }: KueueObject): boolean => ["Deployment", "ConfigMap"].includes(kind);

/**
 * The objects of Kueue's own installation, with webhooks at a port of 127.0.0.1. The API server dials the external name
 * of the Service, and checks the certificate against the name of the Service.
 */
export function renderObjects(upstream: readonly KueueObject[], { webhooks: port }: KueuePorts): object[] {
  const at = ({ service }: ClientConfig) => ({ service: { ...service, port } });
  const adapted = (object: KueueObject): object => {
    if (object.kind === "Service")
      return { ...object, spec: { type: "ExternalName", externalName: "localhost" } };
    if (object.webhooks !== undefined)
      return {
        ...object,
        webhooks: object.webhooks.map((webhook) => ({ ...webhook, clientConfig: at(webhook.clientConfig) })),
      };
    const conversion = object.spec?.conversion;
    if (conversion === undefined) return object;
    const webhook = { ...conversion.webhook, clientConfig: at(conversion.webhook.clientConfig) };
    return { ...object, spec: { ...object.spec, conversion: { ...conversion, webhook } } };
  };
  return [
    ...usedObjects(upstream)
      .filter((object) => !isOfPod(object))
      .map(adapted),
    ACCOUNT_TOKEN,
  ];
}

/** The manager runs with its own rights, and a token of a pod would expire. */
export const TOKEN_SECRET = `${KUEUE_ACCOUNT}-token`;
const ACCOUNT_TOKEN = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: TOKEN_SECRET,
    namespace: KUEUE_NAMESPACE,
    annotations: { "kubernetes.io/service-account.name": KUEUE_ACCOUNT },
  },
  type: "kubernetes.io/service-account-token",
};

/**
 * The manager's configuration: upstream's, on 127.0.0.1 only and without a second replica.
 * @param certificates the folder of the webhooks' certificate
 */
export function renderConfiguration(upstream: object, ports: KueuePorts, certificates: string): object {
  return {
    ...commonConfiguration(upstream),
    health: { healthProbeBindAddress: `127.0.0.1:${ports.health}` },
    webhook: { host: "127.0.0.1", port: ports.webhooks, certDir: certificates },
  };
}
