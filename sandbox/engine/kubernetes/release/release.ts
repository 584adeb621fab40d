import { createHash } from "node:crypto";
import { parse } from "yaml";
import { OperationFailed, PartiallyDone } from "../../shared/errors.ts";
import { containsUnknown } from "../../shared/property-values.ts";
import type { PropertyMap } from "../../shared/property-values.ts";
import type * as api from "../../shared/provider.ts";
import { newName } from "../autonaming.ts";
import { podProblems } from "../await/pods.ts";
import { changesBetween } from "../changes.ts";
import type { Cluster } from "../cluster.ts";
import { diffResult } from "../diff-result.ts";
import { asProperty, peelMap, textInput } from "../inputs.ts";
import { isMap, textAt } from "../../../kubernetes/json.ts";
import type { Json, KubeObject } from "../../../kubernetes/json.ts";
import { HelmError } from "./helm.ts";
import type { Helm } from "./helm.ts";
import {
  chartArguments,
  chartChecksum,
  commandArguments,
  isLocalChart,
  isUnknownAt,
  releaseFailures,
  releaseTimeoutSeconds,
  valuesFiles,
} from "./spec.ts";
import { identityOf, inputsAsLive, place, resourceNames } from "./state.ts";
import type { Identity } from "./state.ts";

const PROBLEMS_SECONDS = 1;

/** `helm.v3.Release`, through the helm binary. */
export class Releases {
  private readonly helm: Helm;
  private readonly cluster: Cluster;
  private readonly defaultNamespace: string;

  constructor(helm: Helm, cluster: Cluster, defaultNamespace: string) {
    this.helm = helm;
    this.cluster = cluster;
    this.defaultNamespace = defaultNamespace;
  }

  /** Completes name, namespace and the chart's version, so that a new version of the chart is a change. */
  async check(request: api.CheckRequest, { signal }: api.Operation): Promise<api.CheckResult> {
    const { inputs, oldInputs } = request;
    const failures = releaseFailures(inputs).map((reason) => ({ reason }));
    if (failures.length > 0) return { inputs, failures };
    const named = {
      ...inputs,
      name:
        inputs["name"] ?? oldInputs["name"] ?? newName(request.name, request.randomSeed, request.autonaming),
      namespace: inputs["namespace"] ?? this.defaultNamespace,
    };
    if (["chart", "version", "repositoryOpts"].some((key) => isUnknownAt(inputs, key)))
      return { inputs: named };
    const local = textInput(inputs, "chart") ?? "";
    const shown = parse(
      await this.helm.run(["show", "chart", ...chartArguments(inputs)], { signal }),
    ) as Json;
    return {
      inputs: {
        ...named,
        version: textAt(shown, "version"),
        ...(isLocalChart(local) && { checksum: chartChecksum(local) }),
      },
    };
  }

  diff({ oldInputs, inputs }: api.DiffRequest): api.DiffResult {
    const changes = changesBetween(oldInputs, inputs);
    const replacing = changes.filter(({ path }) => ["name", "namespace"].includes(String(path[0])));
    return diffResult(changes, replacing, false);
  }

  async create(request: api.CreateRequest, operation: api.Operation): Promise<api.CreateResult> {
    const { inputs, urn } = request;
    if (request.preview) return { id: "", outputs: await this.preview("install", inputs, operation) };
    const { name, namespace } = identityOf(inputs);
    // Only a release with the provider's label is an unfinished release of this program.
    const label = `pulumi-urn=${createHash("sha256").update(urn).digest("hex").slice(0, 40)}`;
    const found = await this.find(inputs, [], operation);
    const ours = found && (await this.find(inputs, ["--selector", label], operation));
    if (found && !ours) {
      throw new OperationFailed(
        "conflict",
        `there is already a Helm release ${namespace}/${name}, and this program did not install it: choose another ` +
          "name, or uninstall it",
      );
    }
    if (ours) await this.uninstall(inputs, request.timeoutSeconds, operation);
    const args = ["install", "--labels", label];
    const outputs = await this.write("install", args, request, undefined, operation);
    return { id: `${namespace}/${name}`, outputs };
  }

  async update(request: api.UpdateRequest, operation: api.Operation): Promise<PropertyMap> {
    const { inputs, oldOutputs } = request;
    if (request.preview) return await this.preview("upgrade", inputs, operation);
    return await this.write("upgrade", ["upgrade"], request, oldOutputs, operation);
  }

  async read(request: api.ReadRequest, { signal }: api.Operation): Promise<api.ReadResult | undefined> {
    const [namespace = "", name = ""] = request.id.split("/");
    const identity = { name, namespace };
    const status = await this.status(identity, signal);
    if (!status) return undefined;
    const { oldInputs } = request;
    const values = (await this.json(["get", "values", ...place(identity), "--output", "json"], signal)) ?? {};
    const inputs = inputsAsLive({ ...oldInputs, ...identity }, status, values);
    const result = {
      id: request.id,
      inputs,
      outputs: { ...inputs, ...(await this.state(identity, status, signal)) },
    };
    const state = textAt(status, "status") ?? "";
    if (state === "deployed" || Object.keys(oldInputs).length === 0) return result;
    throw new PartiallyDone({ ...result, reasons: [`the Helm release ${request.id} is ${state}`] });
  }

  async delete(request: api.DeleteRequest, operation: api.Operation): Promise<void> {
    await this.uninstall(request.oldInputs, request.timeoutSeconds, operation);
  }

  private async uninstall(
    inputs: PropertyMap,
    timeoutSeconds: number | undefined,
    { signal }: api.Operation,
  ): Promise<void> {
    const seconds = releaseTimeoutSeconds(inputs, timeoutSeconds);
    const wait = inputs["skipAwait"] === true ? [] : ["--wait"];
    const args = [
      "uninstall",
      ...place(identityOf(inputs)),
      "--ignore-not-found",
      ...wait,
      "--timeout",
      `${seconds}s`,
    ];
    await this.helm.run(args, { signal });
  }

  /** helm renders against the cluster. A namespace or kind that does not exist yet may be created by the same update. */
  private async preview(
    command: "install" | "upgrade",
    inputs: PropertyMap,
    { signal, log }: api.Operation,
  ): Promise<PropertyMap> {
    if (containsUnknown(inputs)) return inputs;
    const args = [
      command,
      "--dry-run=server",
      "--hide-secret",
      ...this.arguments(command, inputs, undefined),
    ];
    try {
      await this.helm.run(args, { signal, values: valuesFiles(inputs) });
    } catch (error) {
      if (
        !(error instanceof HelmError) ||
        !/no matches for kind|namespaces? ".*" not found/.test(error.message)
      ) {
        throw error;
      }
      log.warn(`the release cannot be tried before the update: ${error.message}`);
    }
    return inputs;
  }

  private arguments(
    command: "install" | "upgrade",
    inputs: PropertyMap,
    timeoutSeconds: number | undefined,
  ): string[] {
    const { name, namespace } = identityOf(inputs);
    const seconds = releaseTimeoutSeconds(inputs, timeoutSeconds);
    return [
      name,
      ...chartArguments(inputs),
      "--namespace",
      namespace,
      ...commandArguments(command, inputs, seconds),
    ];
  }

  /** Installs or upgrades. A failed release that stays is in the state. A release that helm rolled back is not. */
  private async write(
    command: "install" | "upgrade",
    args: readonly string[],
    { inputs, timeoutSeconds }: api.CreateRequest | api.UpdateRequest,
    before: PropertyMap | undefined,
    { signal, log }: api.Operation,
  ): Promise<PropertyMap> {
    const identity = identityOf(inputs);
    const id = `${identity.namespace}/${identity.name}`;
    log.status(`helm ${command} ${id}`);
    const after = new AbortController().signal;
    using problems = this.followProblems(identity, (text) => log.status(text));
    try {
      const all = [...args, ...this.arguments(command, inputs, timeoutSeconds)];
      await this.helm.run(all, { signal, values: valuesFiles(inputs) });
    } catch (error) {
      if (!(error instanceof HelmError)) throw error;
      const status = await this.status(identity, after);
      const revision = before === undefined ? 0 : Number(peelMap(before["status"])["revision"]);
      const reasons = [`helm ${command} ${id}: ${error.message}`, ...problems.last()];
      const rolledBack = textAt(status, "status") === "deployed";
      const untouched = !status || rolledBack || Number(status["revision"]) === revision;
      if (untouched) {
        const end = rolledBack ? ["the release was rolled back"] : [];
        throw new OperationFailed("invalid", [...reasons, ...end].join("\n  - "), { cause: error });
      }
      const outputs = { ...inputs, ...(await this.state(identity, status, after)) };
      throw new PartiallyDone({ id, outputs, reasons });
    }
    const status = await this.status(identity, after);
    return { ...inputs, ...(await this.state(identity, status ?? {}, after)) };
  }

  /** helm reports only a timeout. The pods show the reason, unless helm has already removed them. */
  private followProblems(
    identity: Identity,
    status: (text: string) => void,
  ): Disposable & { last: () => readonly string[] } {
    let last: readonly string[] = [];
    const look = async () => {
      const now = await this.problems(identity);
      if (now.length === 0) return;
      last = now;
      status(now[0] ?? "");
    };
    const timer = setInterval(() => void look(), PROBLEMS_SECONDS * 1000);
    return {
      last: () => last,
      [Symbol.dispose]: () => clearInterval(timer),
    };
  }

  private async problems({ name, namespace }: Identity): Promise<string[]> {
    try {
      const pods = await this.cluster.discovery.find("v1", "Pod");
      const selector = { labelSelector: `app.kubernetes.io/instance=${name}` };
      return pods ? (await this.cluster.list(pods, namespace, selector)).items.flatMap(podProblems) : [];
    } catch {
      return []; // without the right to list pods
    }
  }

  private async find(
    inputs: PropertyMap,
    more: readonly string[],
    { signal }: api.Operation,
  ): Promise<boolean> {
    const { name, namespace } = identityOf(inputs);
    const filter = ["--all", "--filter", `^${name}$`, "--namespace", namespace, "--output", "json"];
    const list = await this.json(["list", ...filter, ...more], signal);
    return Array.isArray(list) && list.length > 0;
  }

  private async status(identity: Identity, signal: AbortSignal): Promise<KubeObject | undefined> {
    const found = await this.json(["get", "metadata", ...place(identity), "--output", "json"], signal);
    return isMap(found) ? found : undefined;
  }

  private async json(args: readonly string[], signal: AbortSignal): Promise<Json | undefined> {
    try {
      return JSON.parse(await this.helm.run(args, { signal })) as Json;
    } catch (error) {
      if (error instanceof HelmError && error.message.includes("release: not found")) return undefined;
      throw error;
    }
  }

  private async state(identity: Identity, status: KubeObject, signal: AbortSignal): Promise<PropertyMap> {
    const manifest = await this.helm.run(["get", "manifest", ...place(identity)], { signal });
    return {
      status: {
        appVersion: asProperty(status["appVersion"]),
        chart: asProperty(status["chart"]),
        name: identity.name,
        namespace: identity.namespace,
        revision: asProperty(status["revision"]),
        status: asProperty(status["status"]),
        version: asProperty(status["version"]),
      },
      resourceNames: resourceNames(manifest, identity.namespace),
    };
  }
}
