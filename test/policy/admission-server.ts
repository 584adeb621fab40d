// A real API server, asked what it would do: every request is a dry run, which passes admission and changes nothing.
import { setTimeout as sleep } from "node:timers/promises";
import { Http, type HttpRequest } from "../../sandbox/kubernetes/http.ts";
import { textAt } from "../../sandbox/kubernetes/json.ts";
import { loadConnection } from "../../sandbox/kubernetes/kubeconfig.ts";
import type { Kubectl } from "../e2e/kubectl.ts";
import { type SharedCluster, sharedCluster } from "../e2e/shared-cluster.ts";
import {
  type AdmissionCase,
  CASES,
  DEVELOPER,
  type Manifest,
  NAMESPACES,
  type User,
} from "./admission-corpus/index.ts";
import { roles } from "./admission-corpus/roles.ts";
import { changed } from "./admission-corpus/change.ts";

export interface Answer {
  readonly status: number;
  /** What a refused caller reads. */
  readonly message: string;
  /** What a caller reads who is let through. */
  readonly warnings: readonly string[];
  readonly body: unknown;
}

const COLLECTIONS: Readonly<Record<string, string>> = {
  Pod: "api/v1",
  Namespace: "api/v1",
  ConfigMap: "api/v1",
  Secret: "api/v1",
  PersistentVolumeClaim: "api/v1",
  Deployment: "apis/apps/v1",
  StatefulSet: "apis/apps/v1",
  DaemonSet: "apis/apps/v1",
  Job: "apis/batch/v1",
  CronJob: "apis/batch/v1",
  JobSet: "apis/jobset.x-k8s.io/v1alpha2",
};

/** JobSet's own definition is long, and of no concern: what counts is that it has Jobs in it. */
const JOB_SETS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "jobsets.jobset.x-k8s.io" },
  spec: {
    group: "jobset.x-k8s.io",
    names: { kind: "JobSet", plural: "jobsets", singular: "jobset" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1alpha2",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

export class AdmissionServer {
  readonly kubectl: Kubectl;
  readonly #cluster: SharedCluster;
  // kubectl would be most of the time: it makes a connection for each request.
  readonly #http: Http;

  /** The shared cluster with the namespaces and the users of the corpus, and with what its updates change. */
  static async start(): Promise<AdmissionServer> {
    const server = new AdmissionServer(await sharedCluster());
    await server.#prepare();
    return server;
  }

  private constructor(cluster: SharedCluster) {
    this.kubectl = cluster.kubectl;
    this.#cluster = cluster;
    this.#http = new Http(
      loadConnection({ kubeconfig: cluster.paths.kubeconfig, context: undefined, cluster: undefined }),
    );
  }

  async stop(): Promise<void> {
    this.#http.close();
    await this.#cluster.clear();
  }

  async #prepare(): Promise<void> {
    await this.kubectl.create(JOB_SETS, ...roles(), ...NAMESPACES);
    await this.kubectl.run("wait --for=condition=Established --timeout=30s crd/jobsets.jobset.x-k8s.io");
    for (const { metadata } of NAMESPACES) await this.#serviceAccount(metadata.name);
    const owner = { apiVersion: "jobset.x-k8s.io/v1alpha2", kind: "JobSet" };
    await this.kubectl.create({ ...owner, metadata: { name: "owner", namespace: "team-a" }, spec: {} });
    const uid = await this.kubectl.value("-n team-a jobset/owner", ".metadata.uid");
    // An owner that is not there would have the garbage collector delete the object.
    const present = CASES.flatMap(
      ({ before, operation, object }) => before ?? (operation === "DELETE" ? [object] : []),
    );
    await this.kubectl.create(...present.map((object) => ownedBy(object, uid)).map(withoutEphemeral));
    for (const object of present) if (object !== withoutEphemeral(object)) await this.#lookInto(object);
  }

  /** Pods need it, and it is made a moment after its namespace. */
  async #serviceAccount(namespace: string): Promise<void> {
    while ((await this.kubectl.value(`-n ${namespace} serviceaccount/default`, ".metadata.name")) === "")
      await sleep(100);
  }

  /** Containers to look into a pod come when it is there. */
  async #lookInto(object: Manifest): Promise<void> {
    const path = `api/v1/namespaces/${object.metadata.namespace ?? ""}/pods/${object.metadata.name}`;
    const { status, message } = await this.#change(path, withoutEphemeral(object), object, (wanted) =>
      this.send("PUT", `${path}/ephemeralcontainers`, wanted, undefined, ""),
    );
    if (status !== 200) throw new Error(message);
  }

  /** An update of what is stored, tried again when a controller was faster. */
  async #change(
    path: string,
    before: Manifest | undefined,
    after: Manifest,
    put: (wanted: unknown) => Promise<Answer>,
  ): Promise<Answer> {
    for (;;) {
      const { body } = await this.send("GET", path);
      const answer = await put(changed(body, before, after));
      if (answer.status !== 409) return answer;
    }
  }

  /** What becomes of a request. */
  async ask(asked: AdmissionCase): Promise<Answer> {
    const { operation, object, subresource, as = DEVELOPER } = asked;
    const { name, namespace } = object.metadata;
    const collection = `${COLLECTIONS[object.kind] ?? ""}${namespace === undefined ? "" : `/namespaces/${namespace}`}/${object.kind.toLowerCase()}s`;
    if (operation === "CREATE") return this.send("POST", collection, object, as);
    const path = `${collection}/${name}`;
    if (operation === "DELETE") return this.send("DELETE", path, undefined, as);
    return this.#change(path, asked.before, object, (wanted) =>
      this.send("PUT", subresource === undefined ? path : `${path}/${subresource}`, wanted, as),
    );
  }

  /** One request; everything but GET is a dry run, unless another query is given. */
  async send(
    method: HttpRequest["method"],
    path: string,
    body?: unknown,
    as?: User,
    query = method === "GET" ? "" : "?dryRun=All",
  ): Promise<Answer> {
    const answer = await this.#http.request({
      method,
      path: `/${path}${query}`,
      body,
      ...(as && { headers: { "impersonate-user": as.name, "impersonate-group": [...as.groups] } }),
    });
    return { ...answer, message: textAt(answer.body, "message") ?? "" };
  }
}

function withoutEphemeral(object: Manifest): Manifest {
  const { spec } = object as { readonly spec?: Readonly<Record<string, unknown>> };
  if (spec?.["ephemeralContainers"] === undefined) return object;
  return {
    ...object,
    spec: Object.fromEntries(Object.entries(spec).filter(([key]) => key !== "ephemeralContainers")),
  };
}

function ownedBy(object: Manifest, uid: string): Manifest {
  const { ownerReferences } = object.metadata;
  if (ownerReferences === undefined) return object;
  return {
    ...object,
    metadata: { ...object.metadata, ownerReferences: ownerReferences.map((owner) => ({ ...owner, uid })) },
  };
}
