// A provider that shows no secret: of all that the engine has sent it and of all that it has read, whichever resource
// a message is about. A pod's last words may hold the password of another object.
import { credentialsOf } from "../../kubernetes/kubeconfig.ts";
import { Redactor } from "../../redact/redactor.ts";
import type { EngineLog } from "./engine-log.ts";
import { OperationFailed, PartiallyDone } from "./errors.ts";
import { isPropertyList, isPropertyMap, Output, Secret } from "./property-values.ts";
import type { PropertyValue } from "./property-values.ts";
import type * as api from "./provider.ts";

export function redactedProvider(provider: api.Provider): api.Provider {
  const all = new Redactor({ showsNames: true });

  async function run<Result>(
    request: object,
    operation: api.Operation,
    work: (operation: api.Operation) => Promise<Result>,
  ): Promise<Result> {
    // Its own secrets are never shown: the API server quotes what it refuses, also where it is a name.
    const own = new Redactor();
    const redact = (text: string): string => all.redact(own.redact(text));
    const learn = (message: unknown, hasNames = false): void => {
      for (const redactor of [own, all]) collectAll(message, redactor, hasNames);
    };
    learn(request, true);
    try {
      const result = await work({ ...operation, log: redactedLog(operation.log, redact) });
      learn(result);
      return withFailures(result, redact);
    } catch (error) {
      if (error instanceof PartiallyDone) learn(error.state);
      throw redactedError(error, redact);
    }
  }

  const checkConfig = provider.checkConfig?.bind(provider);
  const diffConfig = provider.diffConfig?.bind(provider);
  const configure = provider.configure?.bind(provider);
  const invoke = provider.invoke?.bind(provider);
  return {
    name: provider.name,
    version: provider.version,
    ...(provider.schema === undefined ? {} : { schema: provider.schema }),
    ...(checkConfig && {
      checkConfig: (request, operation) => run(request, operation, (op) => checkConfig(request, op)),
    }),
    ...(diffConfig && {
      diffConfig: (request, operation) => run(request, operation, (op) => diffConfig(request, op)),
    }),
    ...(configure && {
      configure: (inputs, operation) => run({ inputs }, operation, (op) => configure(inputs, op)),
    }),
    ...(invoke && {
      invoke: (request, operation) => run(request, operation, (op) => invoke(request, op)),
    }),
    check: (request, operation) => run(request, operation, (op) => provider.check(request, op)),
    diff: (request, operation) => run(request, operation, (op) => provider.diff(request, op)),
    create: (request, operation) => run(request, operation, (op) => provider.create(request, op)),
    read: (request, operation) => run(request, operation, (op) => provider.read(request, op)),
    update: async (request, operation) => {
      const { outputs } = await run(request, operation, async (op) => ({
        outputs: await provider.update(request, op),
      }));
      return outputs;
    },
    delete: (request, operation) => run(request, operation, (op) => provider.delete(request, op)),
  };
}

/** All that a request or an answer holds. What a cluster has said may repeat a secret, so it has no names. */
function collectAll(message: unknown, into: Redactor, hasNames: boolean): void {
  for (const [key, value] of Object.entries(message ?? {}) as [string, PropertyValue][]) {
    collect(value, false, into, hasNames && key !== "oldOutputs");
  }
}

/** Secrets are learned; all other texts are names. */
function collect(value: PropertyValue, secret: boolean, into: Redactor, hasNames: boolean): void {
  if (value instanceof Secret) collect(value.value, true, into, hasNames);
  else if (value instanceof Output) collect(value.value, secret || value.secret, into, hasNames);
  else if (isPropertyList(value)) for (const child of value) collect(child, secret, into, hasNames);
  else if (isPropertyMap(value))
    for (const child of Object.values(value)) collect(child, secret, into, hasNames);
  else if (typeof value === "string" || typeof value === "number") {
    if (secret) learnText(String(value), into);
    else if (hasNames) into.allow(String(value));
  }
}

/** The parts of a kubeconfig that are no secret, the cluster's address and all names, are what messages are about. */
function learnText(text: string, into: Redactor): void {
  const users = credentialsOf(text);
  if (users === undefined) into.learn(text);
  else for (const value of textsIn(users)) into.learn(value);
}

const textsIn = (value: unknown): string[] =>
  typeof value === "object" && value !== null
    ? Object.values(value).flatMap(textsIn)
    : typeof value === "string"
      ? [value]
      : [];

/** Reasons of failures, where an answer has them. */
function withFailures<Result>(result: Result, redact: (text: string) => string): Result {
  const { failures } = (result ?? {}) as { readonly failures?: readonly api.CheckFailure[] };
  if (failures === undefined) return result;
  return {
    ...result,
    failures: failures.map((failure) => ({ ...failure, reason: redact(failure.reason) })),
  };
}

function redactedLog(log: EngineLog, redact: (text: string) => string): EngineLog {
  return {
    debug: (message) => log.debug(redact(message)),
    info: (message) => log.info(redact(message)),
    warn: (message) => log.warn(redact(message)),
    error: (message) => log.error(redact(message)),
    status: (message) => log.status(redact(message)),
  };
}

function redactedError(error: unknown, redact: (text: string) => string): unknown {
  if (error instanceof OperationFailed) {
    return error.namesOnly ? error : new OperationFailed(error.kind, redact(error.message));
  }
  if (error instanceof PartiallyDone) {
    return new PartiallyDone({ ...error.state, reasons: error.state.reasons.map(redact) });
  }
  if (!(error instanceof Error)) return redact(String(error));
  const shown = new Error(redact(error.message));
  shown.stack = redact(error.stack ?? error.message);
  return shown;
}
