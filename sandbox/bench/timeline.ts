// The time of an update: the engine's events, and the chain of resources that determined the duration.
import { z } from "zod";

/** The creation of one resource. */
export interface Span {
  readonly urn: string;
  /** Seconds since the first event of the update. */
  readonly startSeconds: number;
  readonly endSeconds: number;
}

const metadata = z.looseObject({ metadata: z.looseObject({ urn: z.string(), op: z.string() }) });
const event = z.looseObject({
  /** Unix time in seconds, the resolution of the engine's events. */
  timestamp: z.number(),
  resourcePreEvent: metadata.optional(),
  resOutputsEvent: metadata.optional(),
});

/** The resources that an update created, from the lines of `pulumi up --event-log`. */
export function creationSpans(eventLog: string): Span[] {
  const events = eventLog
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => event.parse(JSON.parse(line)));
  const origin = events[0]?.timestamp ?? 0;
  const starts = new Map<string, number>();
  return events.flatMap(({ timestamp, resourcePreEvent, resOutputsEvent }) => {
    const started = resourcePreEvent?.metadata;
    if (started?.op === "create") starts.set(started.urn, timestamp - origin);
    const ended = resOutputsEvent?.metadata;
    const startSeconds = ended === undefined ? undefined : starts.get(ended.urn);
    return ended === undefined || startSeconds === undefined
      ? []
      : [{ urn: ended.urn, startSeconds, endSeconds: timestamp - origin }];
  });
}

const exported = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(
      z.looseObject({
        urn: z.string(),
        parent: z.string().optional(),
        dependencies: z.array(z.string()).nullish(),
        propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
      }),
    ),
  }),
});

/** The dependencies of each resource, from `pulumi stack export`. */
export function dependenciesOf(stackExport: string): ReadonlyMap<string, readonly string[]> {
  const { resources } = exported.parse(JSON.parse(stackExport)).deployment;
  return new Map(
    resources.map(({ urn, parent, dependencies, propertyDependencies }) => [
      urn,
      [
        ...(parent === undefined ? [] : [parent]),
        ...(dependencies ?? []),
        ...Object.values(propertyDependencies ?? {}).flatMap((urns) => urns ?? []),
      ],
    ]),
  );
}

/**
 * The critical path, in order: the resource that was ready last, the resource that it waited for longest, and so on back to
 * the first resource.
 */
export function criticalPath(
  spans: readonly Span[],
  dependencies: ReadonlyMap<string, readonly string[]>,
): Span[] {
  const byUrn = new Map(spans.map((span) => [span.urn, span]));
  const last = (candidates: readonly Span[]): Span | undefined =>
    candidates.toSorted((a, b) => b.endSeconds - a.endSeconds)[0];
  const path: Span[] = [];
  for (let span = last(spans); span !== undefined;) {
    const { urn, startSeconds } = span;
    path.unshift(span);
    const before = (dependencies.get(urn) ?? []).flatMap((dependency) => byUrn.get(dependency) ?? []);
    span = last(before.filter((other) => other.endSeconds <= startSeconds && !path.includes(other)));
  }
  return path;
}

/** A Markdown table of spans, without those that took no time. */
export function renderTimeline(spans: readonly Span[]): string {
  const rows = spans
    .filter(({ startSeconds, endSeconds }) => endSeconds > startSeconds)
    .map(({ urn, startSeconds, endSeconds }) => {
      const [type = "", name = ""] = urn.split("::").slice(-2);
      const kind = type.split(":").at(-1) ?? type;
      return `| ${kind.split("$").at(-1) ?? kind} ${name} | ${startSeconds} | ${endSeconds} | ${endSeconds - startSeconds} |`;
    });
  return ["| resource | start s | ready s | took s |", "| --- | ---: | ---: | ---: |", ...rows].join("\n");
}
