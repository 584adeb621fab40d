import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Connection, type SecretRef, serviceHost, type TracingConnection } from "../core/connection.ts";
import type { CredentialArgs } from "../core/credential/args.ts";
import { Credential } from "../core/credential/index.ts";
import { generatedWith } from "../core/credential/source.ts";
import { checkReleasedPods } from "../core/release/check-pods.ts";
import { type Delivery, deliveryRelease } from "../core/release/delivery.ts";
import { refuseArguments } from "../core/invalid-args.ts";
import { objectLabels } from "../core/labels.ts";
import { TOKENS } from "../core/tokens.ts";
import { Workload } from "../core/workload/index.ts";
import type { PodArgs } from "../core/workload/render-pod.ts";
import type { PhoenixArgs, PhoenixSecrets } from "./args.ts";
import { PHOENIX, PHOENIX_PORT, phoenixEndpoints, phoenixService } from "./endpoints.ts";
import { PHOENIX_START_SECONDS, serverPod } from "./pods.ts";
import { renderValues } from "./render-values.ts";
import { validatePhoenixArgs } from "./validate-args.ts";

/**
 * Phoenix does not start with a secret without a digit and a lowercase letter. One generated value in 5000 has no
 * digit.
 */
const PREFIX = "px1";

/** LLM tracing: Phoenix with authentication and with its data in PostgreSQL. */
export class Phoenix extends pulumi.ComponentResource {
  /** For people: its secret is the initial password of {@link PHOENIX_ADMIN}, which must be changed at the first sign-in. */
  readonly admin: Connection;
  /** For operators' programs: its secret is the system key, which has the rights of an administrator. */
  readonly api: Connection;
  /** One connection per consumer, with the key for traces. */
  readonly connections: Readonly<Record<string, TracingConnection>>;

  constructor(name: string, args: PhoenixArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Phoenix "${name}"`, validatePhoenixArgs(args));
    super(TOKENS.Phoenix, name, {}, opts);

    const { namespace, consumers } = args;
    const secret = this.#createSecret(`${name}-secret`, args, "secret", {
      writeOnce: "every session and API key, and every provider credential in the database",
      retain: args.retain ?? false,
    });
    const users = Object.values(consumers).map((consumer) => consumer.namespace);
    const hasTracesKey = args.secrets?.tracesKey !== undefined;
    const systemKey = this.#createSecret(`${name}-system-key`, args, "systemKey", {
      namespaces: [namespace, ...(hasTracesKey ? [] : users)],
    });
    const tracesKey = hasTracesKey
      ? this.#createSecret(`${name}-traces-key`, args, "tracesKey", { namespaces: users })
      : systemKey;
    const adminPassword = this.#createSecret(`${name}-admin-password`, args, "adminPassword", {
      // A change would have no effect, although it looks like a change of the password.
      writeOnce: "its only use: Phoenix reads it when it makes its administrator, and never again",
    });
    this.#createServer(name, args, { secret, systemKey, adminPassword });

    this.admin = connectionWith(args, adminPassword.refIn(namespace));
    this.api = connectionWith(args, systemKey.refIn(namespace));
    this.connections = Object.fromEntries(
      Object.entries(consumers).map(([consumer, { namespace: user, projectName }]) => [
        consumer,
        tracingConnection(args, projectName, tracesKey.refIn(user)),
      ]),
    );
    this.registerOutputs({
      url: this.api.url,
      adminPasswordSecretName: this.admin.secret.name,
      systemKeySecretName: this.api.secret.name,
    });
  }

  #createSecret(
    name: string,
    { namespace, secrets }: PhoenixArgs,
    which: keyof PhoenixSecrets,
    more: Partial<CredentialArgs>,
  ): Credential {
    return new Credential(
      name,
      {
        application: PHOENIX,
        namespaces: [namespace],
        key: which === "adminPassword" ? "password" : "key",
        source: generatedWith(PREFIX, secrets?.[which]),
        ...more,
      },
      { parent: this },
    );
  }

  #createServer(
    name: string,
    args: PhoenixArgs,
    secrets: Readonly<Record<Exclude<keyof PhoenixSecrets, "tracesKey">, Credential>>,
  ) {
    const { namespace, delivery, replicas = 1, exposure = { kind: "none" } } = args;
    const pod = serverPod(args, {
      secret: secrets.secret.refIn(namespace),
      systemKey: secrets.systemKey.refIn(namespace),
      adminPassword: secrets.adminPassword.refIn(namespace),
    });
    if (delivery?.kind === "helm") return this.#installChart(name, namespace, delivery, pod);
    return new Workload(
      `${name}-server`,
      {
        application: PHOENIX,
        role: "server",
        namespace,
        // Each pod migrates the database when it starts, and Phoenix does not lock it: one pod at a time.
        controller: "StatefulSet",
        replicas,
        exposure,
        pod,
      },
      { parent: this },
    );
  }

  #installChart(
    name: string,
    namespace: string,
    delivery: Extract<Delivery, { kind: "helm" }>,
    pod: PodArgs,
  ) {
    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      {
        metadata: { name: PHOENIX, namespace, labels: objectLabels(PHOENIX, "server") },
        automountServiceAccountToken: false,
      },
      { parent: this },
    );
    const release = new kubernetes.helm.v3.Release(
      `${name}-release`,
      {
        name: PHOENIX,
        namespace,
        ...deliveryRelease(delivery, PHOENIX_START_SECONDS),
        allowNullValues: true,
        values: renderValues({ pod, serviceAccount: account.metadata.name }),
      },
      { parent: this },
    );
    const { server } = phoenixEndpoints(namespace);
    checkReleasedPods(name, release, [{ name: PHOENIX, endpoint: server }], { parent: this });
    return release;
  }
}

function connectionWith({ namespace, delivery }: PhoenixArgs, secret: SecretRef): Connection {
  const host = serviceHost(phoenixService(delivery?.kind), namespace);
  return {
    host,
    port: PHOENIX_PORT,
    url: `http://${host}:${PHOENIX_PORT}`,
    secret,
    endpoint: phoenixEndpoints(namespace).server,
  };
}

/** OTLP over HTTP: LiteLLM supports only this protocol here, and a collector supports it as well. */
function tracingConnection(args: PhoenixArgs, projectName: string, secret: SecretRef): TracingConnection {
  const { url, endpoint } = connectionWith(args, secret);
  return {
    url: `${url}/v1/traces`,
    projectName,
    secret,
    endpoint: { ...endpoint, ports: { http: PHOENIX_PORT } },
  };
}
