// What differs when Kueue's manager is a process beside the API server, and not a pod. Pure.
import { KUEUE_MANAGED } from "../../../components/core/labels.ts";

export const KUEUE_NAMESPACE = "kueue-system";
const KUEUE_ACCOUNT = "kueue-controller-manager";
/** Holds the certificate that the manager makes for its webhooks. A pod would mount it. */
export const CERTIFICATE_SECRET = "kueue-webhook-server-cert";
const WEBHOOK_SERVICE = "kueue-webhook-service";
const CONFIGURATION = "kueue-manager-config";

/**
 * The namespaces whose workloads Kueue manages. The policy that requires a queue selects by the same label: a webhook
 * that selects more would stop the pods of others while the manager is away.
 */
const MANAGED = { matchLabels: { [KUEUE_MANAGED]: "true" } };

export interface KueuePorts {
  readonly webhooks: number;
  readonly health: number;
}

interface ClientConfig {
  readonly service: object;
}

/** The fields of upstream's objects that are read here. */
export interface KueueObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly webhooks?: readonly { readonly clientConfig: ClientConfig; readonly namespaceSelector?: object }[];
  readonly spec?: { readonly conversion?: { readonly webhook: { readonly clientConfig: ClientConfig } } };
}

/** The manager's pod and configuration, which the process replaces, and an API of Kueue that needs a Service. */
function isOmitted({ kind, metadata }: KueueObject): boolean {
  return (
    ["Deployment", "ConfigMap", "APIService"].includes(kind) ||
    (kind === "Service" && metadata.name !== WEBHOOK_SERVICE) ||
    metadata.namespace === "kube-system"
  );
}

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
        webhooks: object.webhooks.map(({ clientConfig, namespaceSelector, ...webhook }) => ({
          ...webhook,
          clientConfig: at(clientConfig),
          // Webhooks of Kueue's own kinds select no namespace.
          ...(namespaceSelector === undefined ? {} : { namespaceSelector: MANAGED }),
        })),
      };
    const conversion = object.spec?.conversion;
    if (conversion === undefined) return object;
    const webhook = { ...conversion.webhook, clientConfig: at(conversion.webhook.clientConfig) };
    return { ...object, spec: { ...object.spec, conversion: { ...conversion, webhook } } };
  };
  return [...upstream.filter((object) => !isOmitted(object)).map(adapted), ACCOUNT_TOKEN];
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

/** The text of the configuration that upstream gives to the manager. */
export function upstreamConfiguration(upstream: readonly KueueObject[]): string {
  const found = upstream.find(
    ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === CONFIGURATION,
  );
  const text = found?.data?.["controller_manager_config.yaml"];
  if (text === undefined) throw new Error(`Kueue's objects have no configuration (${CONFIGURATION})`);
  return text;
}

/**
 * The manager's configuration: upstream's, on 127.0.0.1 only and without a second replica.
 * @param certificates the folder of the webhooks' certificate
 */
export function renderConfiguration(upstream: object, ports: KueuePorts, certificates: string): object {
  return {
    ...upstream,
    health: { healthProbeBindAddress: `127.0.0.1:${ports.health}` },
    // No metrics: there is nothing that would read them.
    metrics: { bindAddress: "0" },
    webhook: { host: "127.0.0.1", port: ports.webhooks, certDir: certificates },
    leaderElection: { leaderElect: false },
    internalCertManagement: { enable: true },
    managedJobsNamespaceSelector: MANAGED,
  };
}
