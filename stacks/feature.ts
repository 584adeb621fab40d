import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { TenantClassNames } from "../components/admission/policies/tenants.ts";
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

// Each feature adds its own names to these three interfaces in its schema.ts. No name is listed here.
/** Sections of the configuration. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface Sections {}
/** Keys of `features`: the features that can be off. */
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

/** What features offer each other: the description of a user, and the connection that the user gets. */
interface Capabilities {
  readonly database: {
    readonly from: Endpoint;
    readonly use: {
      readonly extensions?: readonly "vector"[];
      /** The most connections that all its pods open at the same time, also while they roll. */
      readonly connections: number;
    };
    readonly gives: DatabaseConnection;
  };
  readonly redis: {
    readonly from: Endpoint;
    readonly use: { readonly channels?: readonly string[]; readonly scripts?: boolean };
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

/** One user of a capability. It determines network edges, account, connection, order, and the rule that the provider must be on. */
export type UseOf<C extends Capability> = Capabilities[C]["use"] & {
  readonly of: C;
  /** Name of the role, the user or the key. */
  readonly name: string;
  readonly namespace: string;
  /** Pods that connect. */
  readonly callers: readonly Capabilities[C]["from"][];
  /** Names of the server's ports. @default all */
  readonly ports?: readonly string[];
  readonly credential?: CredentialName;
  /** `to-start`: the user's resources are created after the provider's. `to-work`: the user retries and does not wait. */
  readonly needs: "to-start" | "to-work";
  /** Why the user needs the provider. Without a reason, the provider may be off. */
  readonly required?: string;
  /** The key that turns the use off. @default the feature's toggle */
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

/** A namespace, and the key that sets its name. */
export interface NamedNamespace {
  readonly path: ConfigPath;
  readonly namespace: string;
  /** Whether nothing else may run in it. Then no fix proposes an existing namespace. */
  readonly mustBeOwn?: boolean;
}

/** What a feature consists of, as a pure function of the configuration. Rules, policies, documents and tests read it. */
export interface Plan {
  /** Namespaces by logical name. */
  readonly namespaces?: Readonly<Record<string, NamespaceArgs>>;
  /** The key that sets the name of a namespace, by logical name. @default `namespacePrefix` */
  readonly namespaceKeys?: Readonly<Record<string, Omit<NamedNamespace, "namespace">>>;
  /** Existing namespaces in which the feature creates objects. */
  readonly existingNamespaces?: readonly NamedNamespace[];
  /** Every workload that the feature can have, on or off. Other pods must not have the same labels. */
  readonly workloads?: readonly Endpoint[];
  readonly images?: readonly ImageName[];
  readonly installsChart?: boolean;
  /** The endpoint that serves the capability. Absent outside the cluster. */
  readonly server?: Endpoint | undefined;
  readonly uses?: readonly Use[];
  /** Traffic in addition to that of uses, exposure and metrics. */
  readonly edges?: readonly Edge[];
  readonly exposed?: {
    readonly path: ConfigPath;
    readonly config: ExposureConfig;
    readonly exposure: Exposure;
    readonly server: Endpoint;
  };
  /** The endpoints that serve metrics. */
  readonly metrics?: readonly Endpoint[];
  /** Pods outside the platform that read the metrics of every feature. */
  readonly metricsReader?: OutsidePods;
  /** Services that store data, with the key that sets their StorageClass. */
  readonly data?: readonly {
    readonly path: ConfigPath;
    readonly storageClass: string | undefined;
    /** Relies on file locks and fsync: PostgreSQL, etcd, JetStream. */
    readonly isDatabase: boolean;
  }[];
  /** LocalQueues of Kueue. */
  readonly queues?: readonly { readonly namespace: string; readonly name: string }[];
  /** The classes that the namespaces of tenants may use. */
  readonly classes?: TenantClassNames;
  readonly services?: readonly ServiceOutput[];
}

/** What rules read in addition to the configuration. */
export interface Around {
  readonly source: ConfigSource;
  readonly users: <C extends Capability>(of: C) => Users<C>;
  /** Of the features that are on. */
  readonly plans: readonly Plan[];
  /** Of all features, on or off. */
  readonly workloads: readonly Endpoint[];
  /** Namespaces that the stack creates. */
  readonly made: readonly NamedNamespace[];
  /** The images that the stack runs. */
  readonly images: Readonly<Partial<Record<ImageName, Image>>>;
}

/** The input of `build`. */
export interface Given {
  readonly config: Config;
  readonly readers: SecretReaders;
  /** Sources of the credentials that are not generated. */
  readonly sources: Readonly<Partial<Record<CredentialName, SecretSource>>>;
  /** Of the features that are on. */
  readonly plans: readonly Plan[];
  /** The images that the stack runs. */
  readonly images: Readonly<Partial<Record<ImageName, Image>>>;
  /** Namespaces of the platform's own applications. */
  readonly namespaces: readonly string[];
  /** Users of a capability, each with the source of its credential. */
  readonly users: <C extends Capability>(
    of: C,
  ) => Readonly<Record<string, UseOf<C> & { readonly password?: SecretSource }>>;
  /** The connection of a use, or undefined if the provider is off. */
  readonly connection: <C extends Capability>(of: C, name: string) => Capabilities[C]["gives"] | undefined;
  readonly opts: pulumi.ComponentResourceOptions;
}

/** A Secret for people, and what it gives access to. */
interface BuiltSecret {
  readonly namespace: string;
  readonly ref: SecretRef;
  /** The component that accepts it. */
  readonly service: string;
  /** The user that signs in with it in a browser. Absent for an API key. */
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
  /** The feature's section. */
  readonly schema: z.ZodType<Sections[N]>;
  /** The feature's key under `features`. @default always on */
  readonly toggle?: { readonly default: boolean; readonly description: string };
  readonly credentials?: Readonly<Partial<Record<CredentialName, string>>>;
  /** The secret config keys that the feature's section refers to. */
  readonly configKeys?: (config: Config) => readonly (string | undefined)[];
  readonly provides?: Capability;
  /** Features of a stage are built after all resources of the earlier stages. */
  readonly stage: (typeof STAGES)[number];
  readonly plan: (config: Config) => Plan;
  /** Rules between keys. Checked if the feature is on. */
  readonly rules?: (config: Config, around: Around) => ConfigProblem[];
  /** Whether the rules are also checked if the feature is off. */
  readonly alwaysChecked?: boolean;
  readonly build?: (given: Given) => Built;
}
