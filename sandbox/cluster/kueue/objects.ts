// What every sandbox takes of Kueue's own installation (config/default of kubernetes-sigs/kueue). Pure.
import { KUEUE_MANAGED } from "../../../components/core/labels.ts";

export const KUEUE_NAMESPACE = "kueue-system";
const WEBHOOK_SERVICE = "kueue-webhook-service";
const CONFIGURATION = "kueue-manager-config";
const CONFIGURATION_FILE = "controller_manager_config.yaml";

/**
 * The namespaces whose workloads Kueue manages. The policy that requires a queue selects by the same label: a webhook
 * that selects more would stop the pods of others while the manager is away.
 */
const MANAGED = { matchLabels: { [KUEUE_MANAGED]: "true" } };

export interface ClientConfig {
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

/** An API of Kueue that no test uses (visibility), with its rights, and its metrics. */
function isOmitted({ kind, metadata }: KueueObject): boolean {
  return (
    kind === "APIService" ||
    (kind === "Service" && metadata.name !== WEBHOOK_SERVICE) ||
    metadata.namespace === "kube-system"
  );
}
/** The arguments that go with it. The API would listen on all addresses. */
export const OMITTED_ARGUMENTS = ["--feature-gates=VisibilityOnDemand=false"] as const;

/** The objects that are installed, with webhooks for the managed namespaces only. Webhooks of Kueue's own kinds select none. */
export function usedObjects(upstream: readonly KueueObject[]): KueueObject[] {
  return upstream
    .filter((object) => !isOmitted(object))
    .map((object) =>
      object.webhooks === undefined
        ? object
        : {
            ...object,
            webhooks: object.webhooks.map((webhook) =>
              webhook.namespaceSelector === undefined ? webhook : { ...webhook, namespaceSelector: MANAGED },
            ),
          },
    );
}

export const isConfiguration = ({ kind, metadata }: KueueObject): boolean =>
  kind === "ConfigMap" && metadata.name === CONFIGURATION;

/** The text of the configuration that upstream gives to the manager. */
export function upstreamConfiguration(upstream: readonly KueueObject[]): string {
  const text = upstream.find(isConfiguration)?.data?.[CONFIGURATION_FILE];
  if (text === undefined) throw new Error(`Kueue's objects have no configuration (${CONFIGURATION})`);
  return text;
}
export const configurationData = (text: string) => ({ [CONFIGURATION_FILE]: text });

/** Upstream's configuration for one manager and the managed namespaces. */
export function commonConfiguration(upstream: object): object {
  return {
    ...upstream,
    // No metrics: there is nothing that would read them.
    metrics: { bindAddress: "0" },
    leaderElection: { leaderElect: false },
    internalCertManagement: { enable: true },
    managedJobsNamespaceSelector: MANAGED,
  };
}
