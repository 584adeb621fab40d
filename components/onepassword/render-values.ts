import type { Input } from "@pulumi/pulumi";
import type { SecretRef } from "../core/connection.ts";
import type { Image } from "../core/images.ts";
import { PART_OF } from "../core/labels.ts";
import { CONNECT_PORT, ONEPASSWORD, type OnePasswordMode } from "./endpoints.ts";

/** Inputs of the release values. */
export interface ReleaseInputs {
  readonly mode: OnePasswordMode;
  readonly images: OnePasswordImages;
  readonly watchNamespaces: readonly string[];
  readonly pollingIntervalSeconds: number;
  /** The token of the service account or, in Connect mode, of the Connect server. */
  readonly token: SecretRef;
  /** In Connect mode: `1password-credentials.json`. */
  readonly credentials: SecretRef | undefined;
}

export interface OnePasswordImages {
  readonly operator: Image;
  /**
   * The chart uses one version for both containers of Connect, and writes it into a label, where a digest does not
   * fit.
   */
  readonly connectApi: Image;
  readonly connectSync: Image;
}

/**
 * Values of the chart `connect` 2.4.1 (charts/connect/values.yaml in 1Password/connect-helm-charts). They contain
 * names of Secrets, but no secret values. Its pods satisfy Pod Security `restricted`.
 */
export function renderValues(inputs: ReleaseInputs): Record<string, Input<unknown>> {
  return { connect: renderConnect(inputs), operator: renderOperator(inputs) };
}

function renderOperator({ mode, images, token, ...inputs }: ReleaseInputs) {
  return {
    create: true,
    authMethod: mode,
    imageRepository: images.operator.repository,
    version: versionOf(images.operator),
    watchNamespace: [...inputs.watchNamespaces].sort(),
    pollingInterval: inputs.pollingIntervalSeconds,
    // Each OnePasswordItem sets it by annotation.
    autoRestart: false,
    // With a service account the operator itself decrypts the vaults.
    resources: renderResources(mode === "service-account" ? 192 : 64),
    podLabels: podLabels(),
    ...(mode === "connect" ? { token: nameAndKey(token) } : { serviceAccountToken: nameAndKey(token) }),
  };
}

function renderConnect({ mode, images, credentials }: ReleaseInputs) {
  if (mode !== "connect" || credentials === undefined) return { create: false };
  const resources = renderResources(64);
  return {
    create: true,
    version: images.connectApi.tag,
    api: { imageRepository: images.connectApi.repository, httpPort: CONNECT_PORT, resources },
    sync: { imageRepository: images.connectSync.repository, resources },
    serviceType: "ClusterIP",
    credentialsName: credentials.name,
    credentialsKey: credentials.key,
    podLabels: podLabels(),
    dataVolume: { values: { sizeLimit: "512Mi" } },
  };
}

/**
 * The chart sets `app.kubernetes.io/component` on the pods of both Deployments, and no name:
 * https://github.com/1Password/connect-helm-charts/tree/main/charts/connect/templates
 */
function podLabels() {
  return { "app.kubernetes.io/name": ONEPASSWORD, "app.kubernetes.io/part-of": PART_OF };
}

function renderResources(memoryRequestMi: number) {
  return { requests: { cpu: "50m", memory: `${memoryRequestMi}Mi` }, limits: { memory: "256Mi" } };
}

function nameAndKey({ name, key }: SecretRef) {
  return { name, key };
}

/** The chart appends it after a colon. */
function versionOf({ tag, digest }: Image): string {
  return digest === undefined ? tag : `${tag}@${digest}`;
}
