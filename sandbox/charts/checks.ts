// What `make verify-charts` checks in the objects of a chart. Nothing here runs a program.
import { type Labels, type Opening, SECRET, selects } from "./releases.ts";

/** An object as a chart renders it. */
export interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Labels };
  readonly spec?: unknown;
}

/** Pods of a controller, or a pod. */
export interface RenderedPods {
  readonly owner: string;
  readonly labels: Labels;
  readonly spec: {
    readonly containers: readonly { readonly image?: string }[];
    readonly initContainers?: readonly { readonly image?: string }[];
  };
}

/** Controllers with a template of their pods at `spec.template`. */
const CONTROLLERS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"];

interface Template {
  readonly metadata?: { readonly labels?: Labels };
  readonly spec: RenderedPods["spec"];
}

/** The pods of a release. Pods of hooks exist only for a moment, and pods of `helm test` not at all. */
export function podsOf(objects: readonly Rendered[]): RenderedPods[] {
  return objects.filter(isPermanent).flatMap((object) => {
    const template = templateOf(object);
    if (template === undefined) return [];
    const owner = `${object.kind} ${object.metadata.name}`;
    return [{ owner, labels: template.metadata?.labels ?? {}, spec: template.spec }];
  });
}

function isPermanent({ metadata }: Rendered): boolean {
  return metadata.annotations?.["helm.sh/hook"] === undefined;
}

function templateOf({ kind, metadata, spec }: Rendered): Template | undefined {
  if (kind === "Pod")
    return { metadata: metadata as NonNullable<Template["metadata"]>, spec: spec as Template["spec"] };
  if (kind === "CronJob")
    return (spec as { jobTemplate: { spec: { template: Template } } }).jobTemplate.spec.template;
  return CONTROLLERS.includes(kind) ? (spec as { template: Template }).template : undefined;
}

/** Default deny closes pods that no other policy selects, and a policy that selects no pod protects nothing. */
export function selectionProblems(pods: readonly RenderedPods[], openings: readonly Opening[]): string[] {
  return [
    ...pods
      .filter((each) => !openings.some((opening) => selects(opening, each.labels)))
      .map(({ owner, labels }) => `no network policy selects the pods of ${owner} (${show(labels)})`),
    ...openings
      .filter((opening) => !pods.some((each) => selects(opening, each.labels)))
      .map(({ name, podLabels }) => `the network policy ${name} selects no pod (${show(podLabels)})`),
  ];
}

function show(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(", ") || "no labels";
}

/** The last part of an image's name, of servers that the platform provides itself. */
const DATABASES = /(^|\/)(postgres(ql)?|redis|valkey|mysql|mariadb|mongo(db)?)(-[a-z]+)?(:|@|$)/;

export function databaseProblems(pods: readonly RenderedPods[]): string[] {
  return pods.flatMap(({ owner, spec }) =>
    [...spec.containers, ...(spec.initContainers ?? [])]
      .filter(({ image = "" }) => DATABASES.test(image))
      .map(({ image }) => `${owner} is a database of the chart's own: ${image ?? ""}`),
  );
}

/** Helm stores values unencrypted in the cluster. */
export function secretProblems(values: unknown): string[] {
  return leavesOf(values)
    .filter(({ value }) => JSON.stringify(value).includes(SECRET))
    .map(({ path }) => `the value ${path.join(".")} contains a secret`);
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** The values that are no maps; a list is one value. */
export function leavesOf(value: unknown, path: readonly string[] = []): Leaf[] {
  if (!isMap(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, child]) => leavesOf(child, [...path, key]));
}

/** The values with one of them removed, so that the chart's own applies. */
export function without(values: unknown, [key, ...rest]: readonly string[]): unknown {
  if (!isMap(values) || key === undefined) return values;
  const { [key]: child, ...others } = values;
  return rest.length === 0 ? others : { ...others, [key]: without(child, rest) };
}

/** The values with one of them changed to another of its kind. */
export function changed(values: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (!isMap(values) || key === undefined) return otherThan(values);
  return { ...values, [key]: changed(values[key], rest) };
}

function otherThan(value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return `${value}-other`;
  return Array.isArray(value) ? [] : undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
