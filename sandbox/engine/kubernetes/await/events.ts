import type { Cluster, Place } from "../cluster.ts";
import { textAt } from "../../../kubernetes/json.ts";
import type { KubeObject } from "../../../kubernetes/json.ts";

const AT_MOST = 6;

/** Warnings of the scheduler, the kubelet and the controllers about some objects, which explain a wait. */
export async function warningEvents(
  cluster: Cluster,
  place: Place,
  uids: ReadonlySet<string>,
): Promise<string[]> {
  try {
    const resource = await cluster.discovery.find("v1", "Event");
    if (!resource) return [];
    const selector = { fieldSelector: "type=Warning" };
    const { items } = await cluster.list(resource, place.namespace ?? "default", selector);
    return describeEvents(items, uids);
  } catch {
    return []; // without the right to read events only the conditions are shown
  }
}

export function describeEvents(events: readonly KubeObject[], uids: ReadonlySet<string>): string[] {
  const time = (event: KubeObject) =>
    textAt(event, "lastTimestamp") ??
    textAt(event, "eventTime") ??
    textAt(event, "metadata", "creationTimestamp") ??
    "";
  const texts = events
    .filter((event) => uids.has(textAt(event, "involvedObject", "uid") ?? ""))
    .sort((a, b) => time(b).localeCompare(time(a)))
    .map((event) => {
      const object = `${textAt(event, "involvedObject", "kind") ?? ""} ${textAt(event, "involvedObject", "name") ?? ""}`;
      return `event on ${object}: ${textAt(event, "reason") ?? ""}: ${(textAt(event, "message") ?? "").trim()}`;
    });
  return [...new Set(texts)].slice(0, AT_MOST);
}
