import { OperationFailed, PartiallyDone } from "../shared/errors.ts";
import type { PropertyMap } from "../shared/property-values.ts";
import type * as api from "../shared/provider.ts";
import { timeoutSecondsOf } from "./annotations.ts";
import { Informers } from "./await/informers.ts";
import { ruleFor } from "./await/rules.ts";
import { NotReady, waitUntilReady } from "./await/wait.ts";
import { changesBetween } from "./changes.ts";
import { checkInputs } from "./check.ts";
import { Cluster } from "./cluster.ts";
import type { Place, Written } from "./cluster.ts";
import { deleteObject } from "./delete.ts";
import { diffInputs } from "./diff.ts";
import { toFailure } from "./failures.ts";
import { fieldManagerOf } from "./field-manager.ts";
import { Http } from "../../kubernetes/http.ts";
import { textAt } from "../../kubernetes/json.ts";
import type { KubeObject } from "../../kubernetes/json.ts";
import { loadConnection } from "../../kubernetes/kubeconfig.ts";
import { removeLeftovers } from "./leftovers.ts";
import { checkOptions, parseOptions, withSecretKubeconfig } from "./options.ts";
import type { Options } from "./options.ts";
import { toOutputs } from "./outputs.ts";
import { idOf } from "./place.ts";
import { readObject } from "./read.ts";
import { Helm } from "./release/helm.ts";
import { Releases } from "./release/release.ts";
import { RELEASE_TYPE } from "./types.ts";
import { create, placeOfObject, previewCreate, previewUpdate, update } from "./write.ts";
import type { Write } from "./write.ts";

const WAIT_SECONDS = 600;

interface Session {
  readonly options: Options;
  readonly cluster: Cluster;
  readonly informers: Informers;
  readonly defaultNamespace: string;
  /** helm is looked for only when there is a Release. */
  readonly releases: () => Releases;
}

function isRelease({ type }: api.ResourceIdentity): boolean {
  return type === RELEASE_TYPE;
}

/** The `kubernetes` provider: each call of the engine, carried out by the module of that name. */
export class KubernetesProvider implements api.Provider {
  readonly name = "kubernetes";
  readonly version: string;
  private session: Session | undefined;

  constructor(version: string) {
    this.version = version;
  }

  checkConfig({ inputs }: api.CheckRequest): Promise<api.CheckResult> {
    return Promise.resolve({ inputs: withSecretKubeconfig(inputs), failures: checkOptions(inputs) });
  }

  /** Another kubeconfig may well lead to the same cluster (a new certificate); clusterIdentifier says when it does not. */
  diffConfig({ oldInputs, inputs }: Omit<api.DiffRequest, "id">): Promise<api.DiffResult> {
    const keys = changesBetween(oldInputs, inputs).map(({ path }) => String(path[0]));
    const replaceKeys = keys.filter((key) => key === "clusterIdentifier");
    return Promise.resolve({ changes: keys.length > 0, changedKeys: keys, replaceKeys });
  }

  async configure(inputs: PropertyMap, operation: api.Operation): Promise<void> {
    await guarded("the kubernetes provider cannot be configured", operation, async () => {
      const options = parseOptions(inputs);
      const connection = loadConnection(options);
      const http = new Http(connection);
      // Once and clearly here, and not for each resource; any answer will do.
      await http.request({ method: "GET", path: "/version", signal: operation.signal });
      const cluster = new Cluster(http);
      const defaultNamespace = options.namespace ?? connection.namespace ?? "default";
      this.session = {
        options,
        cluster,
        informers: new Informers(cluster),
        defaultNamespace,
        releases: () => new Releases(new Helm(options), cluster, defaultNamespace),
      };
    });
  }

  async check(request: api.CheckRequest, operation: api.Operation): Promise<api.CheckResult> {
    return await this.guard(request, "cannot check", operation, (session) =>
      isRelease(request) ? session.releases().check(request, operation) : checkInputs(session, request),
    );
  }

  async diff(request: api.DiffRequest, operation: api.Operation): Promise<api.DiffResult> {
    return await this.guard(request, "cannot compare", operation, (session) =>
      isRelease(request) ? session.releases().diff(request) : diffInputs(session, session.options, request),
    );
  }

  async create(request: api.CreateRequest, operation: api.Operation): Promise<api.CreateResult> {
    const { preview } = request;
    return await this.guard(request, "cannot create", operation, async (session) => {
      if (isRelease(request)) return await session.releases().create(request, operation);
      const write = writeOf(session, request, {});
      if (preview) {
        const tried = await previewCreate(write, operation);
        return { id: "", outputs: previewed(session, tried, write, operation) };
      }
      const written = await create(write, operation);
      const place = await placeOfObject(session, written.object);
      const outputs = await this.settle(session, request, write, written, place, operation);
      return { id: idOf(place), outputs };
    });
  }

  async update(request: api.UpdateRequest, operation: api.Operation): Promise<PropertyMap> {
    const { oldInputs, oldOutputs, ignoreChanges, preview } = request;
    return await this.guard(request, "cannot update", operation, async (session) => {
      if (isRelease(request)) return await session.releases().update(request, operation);
      const write = writeOf(session, request, oldOutputs);
      if (preview) {
        const tried = await previewUpdate(write, ignoreChanges, operation);
        return previewed(session, tried, write, operation);
      }
      const written = await update(write, ignoreChanges);
      const place = await placeOfObject(session, written.object);
      return await this.settle(session, request, write, written, place, operation, oldInputs);
    });
  }

  async read(request: api.ReadRequest, operation: api.Operation): Promise<api.ReadResult | undefined> {
    return await this.guard(request, "cannot read", operation, (session) =>
      isRelease(request)
        ? session.releases().read(request, operation)
        : readObject(session, session, request),
    );
  }

  async delete(request: api.DeleteRequest, operation: api.Operation): Promise<void> {
    await this.guard(request, "cannot delete", operation, (session) =>
      isRelease(request)
        ? session.releases().delete(request, operation)
        : deleteObject(session, session, request, operation),
    );
  }

  invoke({ token }: api.InvokeRequest): Promise<api.InvokeResult> {
    return Promise.reject(
      new OperationFailed("unimplemented", `the stand-in kubernetes provider has no function ${token}`),
    );
  }

  /** After a write the object is there, whatever happens next: failures carry its state. */
  private async settle(
    session: Session,
    request: api.CreateRequest | api.UpdateRequest,
    write: Write,
    written: Written,
    place: Place,
    operation: api.Operation,
    oldInputs?: PropertyMap,
  ): Promise<PropertyMap> {
    const { inputs, fieldManager } = write;
    const outputsOf = (object: KubeObject) => toOutputs(object, inputs, fieldManager);
    let live = written.object;
    try {
      warn(session, written, operation);
      if (oldInputs) {
        live = await removeLeftovers(session.cluster, place, live, { oldInputs, inputs, fieldManager });
      }
      const rule = ruleFor(inputs);
      if (!rule) return outputsOf(live);
      const timeoutSeconds = timeoutSecondsOf(inputs, request.timeoutSeconds, rule.timeoutSeconds);
      return outputsOf(await waitUntilReady(session, place, live, rule, { ...operation, timeoutSeconds }));
    } catch (error) {
      const notReady = error instanceof NotReady ? error : undefined;
      const reasons = notReady?.reasons ?? [
        toFailure(error, `${textAt(live, "kind") ?? ""} ${idOf(place)}`, operation.signal).message,
      ];
      throw new PartiallyDone({ id: idOf(place), outputs: outputsOf(notReady?.object ?? live), reasons });
    }
  }

  private async guard<Result>(
    { name }: api.ResourceIdentity,
    what: string,
    operation: api.Operation,
    run: (session: Session) => Promise<Result> | Result,
  ): Promise<Result> {
    return await guarded(`${what} ${name}`, operation, async () => {
      if (!this.session) throw new Error("the provider has not been configured");
      return await run(this.session);
    });
  }
}

async function guarded<Result>(
  what: string,
  { signal }: api.Operation,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw toFailure(error, what, signal);
  }
}

function writeOf(
  session: Session,
  { urn, inputs, timeoutSeconds }: api.CreateRequest | api.UpdateRequest,
  outputs: PropertyMap,
): Write {
  return {
    target: session,
    options: session.options,
    inputs,
    fieldManager: fieldManagerOf(urn, inputs, outputs),
    timeoutSeconds: timeoutSecondsOf(inputs, timeoutSeconds, WAIT_SECONDS),
  };
}

/** The dry-run's object, without the status that it cannot have. What could not be tried is shown as it was asked for. */
function previewed(
  session: Session,
  written: Written | undefined,
  write: Write,
  operation: api.Operation,
): PropertyMap {
  if (!written) return write.inputs;
  warn(session, written, operation);
  return toOutputs({ ...written.object, status: undefined }, write.inputs, write.fieldManager);
}

function warn({ options }: Session, { warnings }: Written, { log }: api.Operation): void {
  const shown = options.suppressDeprecationWarnings
    ? warnings.filter((warning) => !warning.includes("deprecated"))
    : warnings;
  for (const warning of shown) log.warn(warning);
}
