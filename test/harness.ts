import { createHash } from "node:crypto";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { releasedDeployments } from "./operators.ts";
import type { RecordedResource, Recording } from "./recording.ts";
import { isSecret, redact, reveal } from "./secrets.ts";

export type { RecordedResource, Recording } from "./recording.ts";

export interface RecordOptions {
  readonly stack?: string;
  /** Values of the stack's configuration by full key; structured values as JSON, as Pulumi hands them over. */
  readonly config?: Readonly<Record<string, string>>;
  /** Keys of `config` that are secret. */
  readonly secretKeys?: readonly string[];
  /** Generated passwords by the name of their resource, where a test wants another than {@link mockPassword}. */
  readonly passwords?: Readonly<Record<string, string>>;
  /** Objects that stand in the cluster already, by `namespace/name`: what the program may read. */
  readonly existing?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The environment that the program sees on top of an empty home and the test kubeconfig. */
  readonly env?: Readonly<Record<string, string>>;
}

export const KUBECONFIG = join(import.meta.dirname, "fixtures", "kubeconfig.yaml");
export const PROJECT = "llm-platform";

/**
 * Runs a program against recorded mocks, to its end. Nothing is read from the machine: environment, kubeconfig and
 * configuration are the test's own, and a provider call without a mock is an error.
 */
export async function record(program: () => unknown, options: RecordOptions = {}): Promise<Recording> {
  const recorder = new Recorder(options.passwords ?? {}, options.existing ?? {});
  const errors: unknown[] = [];
  const { stackTraceLimit } = Error;
  // Pulumi takes a stack trace for each promise, which is half of the time of a run at the default of ten frames.
  Error.stackTraceLimit = 1;
  const restoreEnvironment = fakeEnvironment(options.env ?? {});
  const stopListening = collectRejections(errors);
  try {
    await pulumi.runtime.setMocks(recorder, PROJECT, options.stack ?? "test");
    pulumi.runtime.setAllConfig({ ...options.config }, [...(options.secretKeys ?? [])]);
    recorder.listen();
    // As under the engine: a root Stack resource, and the program's exports as its outputs. A program that throws in it
    // leaves an unhandled rejection, so errors are caught inside.
    await pulumi.runtime.runInPulumiStack(async () => {
      try {
        return stackOutputs(await program());
      } catch (error) {
        errors.push(error);
        return {};
      }
    });
    await pulumi.runtime.disconnect();
    // Unhandled rejections are reported when the queue of this turn is empty.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    stopListening();
    restoreEnvironment();
    Error.stackTraceLimit = stackTraceLimit;
  }
  errors.unshift(...recorder.refused.map((message) => new Error(message)));
  if (errors.length > 0) throw errors[0];
  const resources = recorder.resources();
  const root = resources.find((resource) => resource.type === "pulumi:pulumi:Stack");
  return { resources: resources.filter((resource) => resource !== root), outputs: root?.outputs ?? {} };
}

/** The one resource of a type with a logical name. */
export function find(recording: Recording, type: string, name: string): RecordedResource {
  const ofType = recording.resources.filter((resource) => resource.type === type);
  const found = ofType.filter((resource) => resource.name === name);
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const there =
    ofType.length > 0
      ? ofType.map((resource) => resource.name).join(", ")
      : `no resource has that type; types: ${[...new Set(recording.resources.map(({ type: other }) => other))].join(", ")}`;
  throw new Error(`${found.length} resources ${type} "${name}"; there are: ${there}`);
}

/** All resources of a type. */
export function ofType(recording: Recording, type: string): RecordedResource[] {
  return recording.resources.filter((resource) => resource.type === type);
}

/** `type name` of each resource, sorted: the whole of what a component makes. */
export function inventory(recording: Recording): string[] {
  return recording.resources.map(({ type, name }) => `${type} ${name}`).sort();
}

/** The inputs of a resource with its secrets as `[secret]`, for exact comparisons. */
export function shown(resource: RecordedResource): unknown {
  return redact(resource.inputs);
}

/** What a generated password is in the tests: as long as asked, the same in every run, different for every resource. */
export function mockPassword(name: string, length: number): string {
  const digest = createHash("sha512").update(name).digest("hex");
  return `Generated${digest}`.slice(0, length);
}

/** The part of the engine's request that this file reads (proto/resource.proto: RegisterResourceRequest). */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getProvider(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getIgnorechangesList(): string[];
  getDeletebeforereplace(): boolean;
  getDependenciesList(): string[];
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> };
}

interface RegisterResponse {
  getUrn(): string;
  getId(): string;
}

type Callback = (error: Error | null, response?: RegisterResponse) => void;

/** The SDK's mocks get neither options nor parents, so the monitor's requests are recorded. */
interface MockMonitor {
  registerResource(request: RegisterRequest, callback: Callback): Promise<void>;
  registerResourceOutputs(request: OutputsRequest, callback: Callback): void;
  registerResourceHook?(request: unknown, callback: (error: null) => void): void;
}

class Recorder implements pulumi.runtime.Mocks {
  /** What no test foresaw. Answered all the same, so that the program ends in order, and thrown by {@link record} then. */
  readonly refused: string[] = [];
  readonly #passwords: Readonly<Record<string, string>>;
  readonly #resources: Omit<RecordedResource, "outputs">[] = [];
  readonly #outputs = new Map<string, Record<string, unknown>>();

  readonly #existing: NonNullable<RecordOptions["existing"]>;

  constructor(passwords: Readonly<Record<string, string>>, existing: NonNullable<RecordOptions["existing"]>) {
    this.#passwords = passwords;
    this.#existing = existing;
  }

  resources(): RecordedResource[] {
    return this.#resources.map((resource) => ({ ...resource, outputs: this.#outputs.get(resource.urn) }));
  }

  listen(): void {
    const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
    const register = monitor.registerResource.bind(monitor);
    const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
    monitor.registerResource = (request, callback) =>
      register(request, (error, response) => {
        if (response !== undefined) this.#resources.push(describe(request, response));
        callback(error, response);
      });
    // The mocks say that they support hooks, and do not: nothing calls one here (engine-credential.test.ts does).
    monitor.registerResourceHook = (_, callback) => {
      callback(null);
    };
    monitor.registerResourceOutputs = (request, callback) => {
      this.#outputs.set(request.getUrn(), request.getOutputs().toJavaScript());
      registerOutputs(request, callback);
    };
  }

  call(args: pulumi.runtime.MockCallArgs): pulumi.runtime.MockCallResult {
    this.refused.push(`the program called ${args.token}, which no test mocks`);
    return {};
  }

  newResource(args: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult {
    const inputs = args.inputs as Record<string, unknown>;
    if (args.custom !== true) return { id: undefined, state: {} };
    if (args.id !== undefined && args.id !== "") return this.#read(args, args.id);
    if (args.type.startsWith("pulumi:providers:")) return { id: `${args.name}-id`, state: inputs };
    if (args.type === "random:index/randomPassword:RandomPassword") return this.#password(args.name, inputs);
    if (args.type.startsWith("kubernetes:")) return this.#kubernetesObject(args, inputs);
    // The engine's own: what it held first is its output.
    if (args.type === "pulumi:index:Stash")
      return { id: "none", state: { ...inputs, output: inputs["input"] } };
    this.refused.push(`${args.type} "${args.name}": test/harness.ts does not know this type`);
    return { id: `${args.name}-id`, state: inputs };
  }

  #read({ type, name }: pulumi.runtime.MockResourceArgs, id: string): pulumi.runtime.MockResourceResult {
    const state = this.#existing[id] ?? this.#released(id);
    if (state === undefined) this.refused.push(`${type} "${name}" reads ${id}, which no test has`);
    return { id, state: { ...state } };
  }

  /** A Deployment that a chart has made. */
  #released(id: string): Record<string, unknown> | undefined {
    const made = releasedDeployments({ resources: this.resources(), outputs: {} });
    const labels = made.find((deployment) => deployment.id === id)?.labels;
    return labels === undefined ? undefined : { spec: { template: { metadata: { labels } } } };
  }

  #password(name: string, inputs: Record<string, unknown>): pulumi.runtime.MockResourceResult {
    const value = this.#passwords[name] ?? mockPassword(name, Number(inputs["length"]));
    return {
      id: "none",
      state: {
        ...inputs,
        // Mocks ignore additionalSecretOutputs, so this must be secret (docs/references.md#pulumi-mocks).
        result: pulumi.secret(value),
        bcryptHash: pulumi.secret(
          `$2a$10$${createHash("sha256").update(value).digest("base64url").slice(0, 53)}`,
        ),
      },
    };
  }

  #kubernetesObject(
    args: pulumi.runtime.MockResourceArgs,
    inputs: Record<string, unknown>,
  ): pulumi.runtime.MockResourceResult {
    const metadata = (inputs["metadata"] ?? {}) as { name?: string; namespace?: string };
    if (isSecret(metadata)) this.refused.push(`${args.type} "${args.name}" has a secret in its metadata`);
    // The provider names what has no name, and replaces an immutable object whose content changes by one with a new name.
    const content = inputs["immutable"] === true ? reveal([inputs["data"], inputs["stringData"]]) : [];
    const suffix = createHash("sha256")
      .update(JSON.stringify([args.type, args.name, content]))
      .digest("hex");
    const name = metadata.name ?? `${args.name}-${suffix.slice(0, 8)}`;
    return {
      id: metadata.namespace === undefined ? name : `${metadata.namespace}/${name}`,
      state: { ...inputs, metadata: { ...metadata, name } },
    };
  }
}

function describe(request: RegisterRequest, response: RegisterResponse): Omit<RecordedResource, "outputs"> {
  return {
    urn: response.getUrn(),
    id: response.getId(),
    type: request.getType(),
    name: request.getName(),
    inputs: request.getObject().toJavaScript(),
    parent: request.getParent(),
    custom: request.getCustom(),
    provider: request.getProvider(),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    ignoreChanges: request.getIgnorechangesList(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    dependencies: request.getDependenciesList(),
  };
}

/** What a program exports; a resource that a test's program happens to end with is no export. */
function stackOutputs(result: unknown): object {
  const isExports = typeof result === "object" && result !== null && !Array.isArray(result);
  return isExports && !pulumi.Resource.isInstance(result) ? result : {};
}

/** An Output that fails only leaves a resource out. Without this check the failure would not be visible. */
function collectRejections(errors: unknown[]): () => void {
  const event = "unhandledRejection";
  const others = process.rawListeners(event) as ((reason: unknown) => void)[];
  const collect = (reason: unknown) => void errors.push(reason);
  process.removeAllListeners(event);
  process.on(event, collect);
  return () => {
    process.off(event, collect);
    for (const listener of others) process.on(event, listener);
  };
}

/** Takes the machine's settings away and gives the test's, until the returned function is called. */
function fakeEnvironment(env: Readonly<Record<string, string>>): () => void {
  const before = { ...process.env };
  const replace = (values: NodeJS.ProcessEnv) => {
    for (const name of Object.keys(process.env)) {
      if (!(name in values)) Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, values);
  };
  replace({ PATH: before["PATH"], HOME: join(import.meta.dirname, "fixtures"), KUBECONFIG, ...env });
  return () => replace(before);
}
