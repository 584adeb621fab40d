import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type {
  Connection,
  DatabaseConnection,
  RedisConnection,
  SecretRef,
  TracingConnection,
} from "../components/core/connection.ts";
import type { SecretSource } from "../components/core/credential/source.ts";
import type { Image, IMAGES } from "../components/core/images.ts";
import type { NamespaceArgs } from "../components/core/namespace/args.ts";
import type { Edge, Endpoint, Outside, OutsidePods } from "../components/core/network/endpoint.ts";
import type { Exposure } from "../components/core/workload/exposure.ts";
import type { ConfigPath, ConfigProblem } from "./config-problem.ts";
import type { ConfigSource } from "./config-source.ts";
import type { ExposureConfig, IngressControllerConfig } from "./schema/exposure.ts";
import type { SecretSourceConfig } from "./schema/secret-source.ts";
import type { SecretReaders } from "./secret-sources.ts";

// Each feature adds its own names to these three, in its schema.ts, so that none of them is listed here.
/** Sections of the configuration. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface Sections {}
/** Keys of `features`: what can be off. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface Toggles {}
/**
 * Keys of `secrets`: credentials whose source a stack can choose.
 * @public
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface Credentials {}

export type FeatureName = keyof Sections;
export type CredentialName = keyof Credentials;
export type ImageName = keyof typeof IMAGES;

/** The configuration of a stack, checked, with every default filled in. */
export interface Config extends Sections {
  readonly profile: "dev" | "prod";
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly namespacePrefix: string;
  readonly features: Readonly<Record<keyof Toggles, boolean>>;
  readonly images: Readonly<Partial<Record<ImageName, string | undefined>>>;
  readonly secrets: Readonly<Record<CredentialName, SecretSourceConfig>>;
  readonly ingressController: IngressControllerConfig;
}

/** What features offer one another: how a user of it is described, and what the user is handed. */
interface Capabilities {
  readonly database: {
    readonly from: Endpoint;
    readonly use: { readonly extensions?: readonly "vector"[] };
    readonly gives: DatabaseConnection;
  };
  readonly redis: {
    readonly from: Endpoint;
    readonly use: { readonly channels?: readonly string[] };
    readonly gives: RedisConnection;
  };
  readonly traces: {
    readonly from: Endpoint;
    readonly use: { readonly projectName: string };
    readonly gives: TracingConnection;
  };
  readonly gateway: { readonly from: Endpoint | Outside; readonly use: object; readonly gives: Connection };
}
export type Capability = keyof Capabilities;

/** One user of a capability. Network edges, account, connection, order and the rule that it is on follow from it. */
export type UseOf<C extends Capability> = Capabilities[C]["use"] & {
  readonly of: C;
  /** Name of the role, the user or the key. */
  readonly name: string;
  readonly namespace: string;
  /** Pods that connect. */
  readonly callers: readonly Capabilities[C]["from"][];
  /** Names of the server's ports; all when left out. */
  readonly ports?: readonly string[];
  readonly credential?: CredentialName;
  /** `to-start`: the user's resources come after the provider's. `to-work`: the user retries, and does not wait. */
  readonly needs: "to-start" | "to-work";
  /** Why there is no user without a provider; it goes without when left out. */
  readonly required?: string;
  /** The key that is off where the use is not wanted; the feature's toggle when left out. */
  readonly offKey?: ConfigPath;
};
type Use = { [C in Capability]: UseOf<C> }[Capability];
export type Users<C extends Capability> = Readonly<Record<string, UseOf<C>>>;

export interface ServiceOutput {
  readonly component: string;
  readonly namespace: string;
  readonly address: string;
  readonly protocol: "http" | "tcp";
  readonly workload: { readonly kind: "Deployment" | "StatefulSet" | "Cluster"; readonly name: string };
  readonly version: string;
}

/** A namespace, and the key that names it. */
export interface NamedNamespace {
  readonly path: ConfigPath;
  readonly namespace: string;
  /** Whether nothing else may run in it, so that no fix says that it exists. */
  readonly mustBeOwn?: boolean;
}

/** What a feature consists of, from the configuration alone: rules, policies, documents and tests read it. */
export interface Plan {
  /** Namespaces by logical name. */
  readonly namespaces?: Readonly<Record<string, NamespaceArgs>>;
  /** The key that names a namespace, by the same name; `namespacePrefix` when left out. */
  readonly namespaceKeys?: Readonly<Record<string, Omit<NamedNamespace, "namespace">>>;
  /** Namespaces of others that something of the feature is put into. */
  readonly existingNamespaces?: readonly NamedNamespace[];
  /** Every workload that it may have, on or off: no other pods may have the same labels. */
  readonly workloads?: readonly Endpoint[];
  readonly images?: readonly ImageName[];
  readonly installsChart?: boolean;
  /** What serves the capability; absent outside the cluster. */
  readonly server?: Endpoint | undefined;
  readonly uses?: readonly Use[];
  /** Traffic besides that of its uses, its exposure and its metrics. */
  readonly edges?: readonly Edge[];
  readonly exposed?: {
    readonly path: ConfigPath;
    readonly config: ExposureConfig;
    readonly exposure: Exposure;
    readonly server: Endpoint;
  };
  /** What serves metrics. */
  readonly metrics?: readonly Endpoint[];
  /** Pods of others that read the metrics of every feature. */
  readonly metricsReader?: OutsidePods;
  /** What keeps data, with the key that names its StorageClass. */
  readonly data?: readonly {
    readonly path: ConfigPath;
    readonly storageClass: string | undefined;
    /** Locks files and trusts fsync: PostgreSQL, etcd, JetStream. */
    readonly isDatabase: boolean;
  }[];
  /** LocalQueues of Kueue. */
  readonly queues?: readonly { readonly namespace: string; readonly name: string }[];
  readonly services?: readonly ServiceOutput[];
}

/** What rules read besides the configuration. */
export interface Around {
  readonly source: ConfigSource;
  readonly users: <C extends Capability>(of: C) => Users<C>;
  /** Of the features that are on. */
  readonly plans: readonly Plan[];
  /** Of all features, on or off. */
  readonly workloads: readonly Endpoint[];
  /** Namespaces that the stack makes. */
  readonly made: readonly NamedNamespace[];
  /** That the stack runs. */
  readonly images: Readonly<Partial<Record<ImageName, Image>>>;
}

/** What a feature is built from. */
export interface Given {
  readonly config: Config;
  readonly readers: SecretReaders;
  /** Sources of the credentials that are not generated. */
  readonly sources: Readonly<Partial<Record<CredentialName, SecretSource>>>;
  /** Of the features that are on. */
  readonly plans: readonly Plan[];
  /** That the stack runs. */
  readonly images: Readonly<Partial<Record<ImageName, Image>>>;
  /** Namespaces of the platform's own applications. */
  readonly namespaces: readonly string[];
  /** Users of what the feature provides, each with the source of its credential. */
  readonly users: <C extends Capability>(
    of: C,
  ) => Readonly<Record<string, UseOf<C> & { readonly password?: SecretSource }>>;
  /** What one of its uses is handed; undefined where the provider is off. */
  readonly connection: <C extends Capability>(of: C, name: string) => Capabilities[C]["gives"] | undefined;
  readonly opts: pulumi.ComponentResourceOptions;
}

/** A Secret that people need, and what it opens. */
interface BuiltSecret {
  readonly namespace: string;
  readonly ref: SecretRef;
  /** The component that takes it. */
  readonly service: string;
  /** The user that signs in with it on the page of the service; absent for a key of programs. */
  readonly user?: string;
}

export interface Built {
  readonly resources: readonly pulumi.Resource[];
  readonly connections?: Readonly<Record<string, Capabilities[Capability]["gives"]>>;
  /** Stack outputs: names of Secrets, never values. */
  readonly secrets?: Readonly<Record<string, BuiltSecret>>;
}

export const STAGES = ["policies", "operators", "services"] as const;

export interface Feature<N extends FeatureName = FeatureName> {
  readonly name: N;
  /** The section of its name. */
  readonly schema: z.ZodType<Sections[N]>;
  /** The key of its name under `features`; always on when left out. */
  readonly toggle?: { readonly default: boolean; readonly description: string };
  readonly credentials?: Readonly<Partial<Record<CredentialName, string>>>;
  /** Names of the secret config keys that its section names. */
  readonly configKeys?: (config: Config) => readonly (string | undefined)[];
  readonly provides?: Capability;
  /** Features of a stage are built after all resources of the stages before. */
  readonly stage: (typeof STAGES)[number];
  readonly plan: (config: Config) => Plan;
  /** What is wrong between keys; checked when the feature is on. */
  readonly rules?: (config: Config, around: Around) => ConfigProblem[];
  /** Its rules are checked when it is off, too. */
  readonly alwaysChecked?: boolean;
  readonly build?: (given: Given) => Built;
}
