import * as pulumi from "@pulumi/pulumi";
import { type Connection, serviceHost } from "../core/connection.ts";
import type { CredentialArgs } from "../core/credential/args.ts";
import { Credential } from "../core/credential/index.ts";
import { refuseArguments } from "../core/invalid-args.ts";
import { TOKENS } from "../core/tokens.ts";
import { dataClaim } from "../core/workload/claim.ts";
import { Workload } from "../core/workload/index.ts";
import type { OpenWebUiArgs, OpenWebUiSecrets } from "./args.ts";
import { OPEN_WEBUI, OPEN_WEBUI_PORT, openWebUiEndpoints } from "./endpoints.ts";
import { serverPod } from "./pods.ts";
import { validateOpenWebUiArgs } from "./validate-args.ts";

/** The chat interface: Open WebUI, with only the models of the gateway. */
export class OpenWebUi extends pulumi.ComponentResource {
  /** For operators: its secret is the initial password of the administrator. */
  readonly admin: Connection;

  constructor(name: string, args: OpenWebUiArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`OpenWebUi "${name}"`, validateOpenWebUiArgs(args));
    super(TOKENS.OpenWebUi, name, {}, opts);

    const { namespace, retain = false } = args;
    const secretKey = this.#createSecret(`${name}-secret-key`, args, "secretKey", {
      writeOnce: "every session, and the second factors and sign-ins to other services in the database",
      retain,
    });
    const adminPassword = this.#createSecret(`${name}-admin-password`, args, "adminPassword", {
      writeOnce: "its only use: Open WebUI reads it when it makes its administrator, and never again",
    });
    const claim = dataClaim(
      name,
      { application: OPEN_WEBUI, namespace, ...args.storage, retain },
      { parent: this },
    );
    this.admin = connectionWith(namespace, adminPassword);
    new Workload(
      `${name}-server`,
      {
        application: OPEN_WEBUI,
        role: "server",
        namespace,
        // Each pod migrates the database when it starts, and the volume has one writer: one pod at a time.
        controller: "StatefulSet",
        replicas: args.replicas ?? 1,
        exposure: args.exposure ?? { kind: "none" },
        pod: serverPod(args, {
          secretKey: secretKey.refIn(namespace),
          adminPassword: adminPassword.refIn(namespace),
          claim: claim.metadata.name,
        }),
      },
      { parent: this },
    );
    this.registerOutputs({ url: this.admin.url, adminPasswordSecretName: this.admin.secret.name });
  }

  #createSecret(
    name: string,
    { namespace, secrets }: OpenWebUiArgs,
    which: keyof OpenWebUiSecrets,
    more: Pick<CredentialArgs, "writeOnce" | "retain">,
  ): Credential {
    const source = secrets?.[which];
    return new Credential(
      name,
      {
        application: OPEN_WEBUI,
        namespaces: [namespace],
        key: which === "secretKey" ? "key" : "password",
        ...(source === undefined ? {} : { source }),
        ...more,
      },
      { parent: this },
    );
  }
}

function connectionWith(namespace: string, password: Credential): Connection {
  const host = serviceHost(OPEN_WEBUI, namespace);
  return {
    host,
    port: OPEN_WEBUI_PORT,
    url: `http://${host}:${OPEN_WEBUI_PORT}`,
    secret: password.refIn(namespace),
    endpoint: openWebUiEndpoints(namespace).server,
  };
}
