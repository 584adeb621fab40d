import type { EngineLog } from "../../shared/engine-log.ts";
import { describePlace } from "../cluster.ts";
import type { Cluster, Place } from "../cluster.ts";
import { textAt } from "../../../kubernetes/json.ts";
import type { KubeObject } from "../../../kubernetes/json.ts";
import { Bell } from "./bell.ts";
import { warningEvents } from "./events.ts";
import type { Informers, Lease } from "./informers.ts";
import { isForbidden, leaseObject } from "./lease.ts";
import { ownerUids, uidOf } from "./rule.ts";
import type { RelatedKind, Rule, View } from "./rule.ts";

/** What waiting needs from the provider. */
export interface Waiting {
  readonly cluster: Cluster;
  readonly informers: Informers;
}

/** The object exists, but is not ready. */
export class NotReady extends Error {
  override readonly name = "NotReady";
  readonly object: KubeObject;
  readonly reasons: readonly string[];
  constructor(object: KubeObject, reasons: readonly string[]) {
    super(reasons.join("; "));
    this.object = object;
    this.reasons = reasons;
  }
}

/** Returns the object as soon as it is ready by the rule. */
export async function waitUntilReady(
  { cluster, informers }: Waiting,
  place: Place,
  applied: KubeObject,
  rule: Rule,
  limits: { readonly timeoutSeconds: number; readonly signal: AbortSignal; readonly log: EngineLog },
): Promise<KubeObject> {
  using observed = await observe(cluster, informers, place, applied, rule);
  const { timeoutSeconds, signal, log } = limits;
  const outcome = await untilDecided(observed, rule, timeoutSeconds, signal, (text) => log.status(text));
  const object = observed.object() ?? applied;
  if (outcome.end === "ready") return object;
  const where = describePlace(place);
  const heads = {
    failed: `${where} failed`,
    timeout: `${where} is not ready after ${timeoutSeconds} s`,
    canceled: `the wait for ${where} was canceled`,
    gone: `${where} was deleted while it was waited for`,
  };
  const events = outcome.end === "canceled" ? [] : await warningEvents(cluster, place, observed.involved());
  throw new NotReady(object, [heads[outcome.end], ...new Set([...outcome.reasons, ...events])]);
}

/** Why the object is not ready now (for refresh). Empty if it is ready. */
export async function unreadyReasons(
  { cluster, informers }: Waiting,
  place: Place,
  live: KubeObject,
  rule: Rule,
): Promise<readonly string[]> {
  using observed = await observe(cluster, informers, place, live, rule);
  const verdict = rule.decide({ object: live, related: observed.related });
  const settles = verdict.state === "waiting" && verdict.settlesAfterSeconds !== undefined;
  return verdict.state === "ready" || settles ? [] : verdict.reasons;
}

interface Observed extends Disposable {
  /** The applied version or a later one, or undefined if it was deleted. */
  readonly object: () => KubeObject | undefined;
  readonly related: View["related"];
  /** The uids of the object and of what it owns, directly or not. */
  readonly involved: () => ReadonlySet<string>;
  readonly bell: Bell;
}

async function observe(
  cluster: Cluster,
  informers: Informers,
  place: Place,
  applied: KubeObject,
  rule: Rule,
): Promise<Observed> {
  const primary = await leaseObject(informers, cluster, place);
  const related = new Map<RelatedKind, Lease>();
  for (const kind of rule.related ?? []) {
    const lease = await leaseRelated(cluster, informers, kind, place.namespace);
    if (lease) related.set(kind, lease);
  }
  const leases = [primary, ...related.values()];
  const bell = new Bell();
  for (const lease of leases) lease.onChange(bell.ring);
  let seen = applied;
  return {
    bell,
    object: () => {
      const current = primary.get(place.name);
      // A watch may still show the object from before the write, or not show it.
      if (current && isLater(current, seen)) seen = current;
      return current === undefined && seen !== applied ? undefined : seen;
    },
    related: (kind) => related.get(kind)?.list() ?? [],
    involved: () =>
      descendants(
        seen,
        [...related.values()].flatMap((lease) => lease.list()),
      ),
    [Symbol.dispose]: () => {
      for (const lease of leases) lease.close();
    },
  };
}

async function leaseRelated(
  cluster: Cluster,
  informers: Informers,
  kind: RelatedKind,
  namespace: string | undefined,
): Promise<Lease | undefined> {
  const resource = await cluster.discovery.find(kind.apiVersion, kind.kind);
  if (!resource) return undefined;
  try {
    return await informers.open(resource, resource.namespaced ? namespace : undefined);
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

/** Resource versions are increasing numbers (KEP-5504), also across two objects with the same name and different uids. */
function isLater(current: KubeObject, seen: KubeObject): boolean {
  const version = (object: KubeObject) => BigInt(textAt(object, "metadata", "resourceVersion") ?? "0");
  return version(current) >= version(seen);
}

/** The uids of an object and of the candidates that it owns, directly or not. */
export function descendants(root: KubeObject, candidates: readonly KubeObject[]): ReadonlySet<string> {
  const uids = new Set([uidOf(root)].filter((uid) => uid !== undefined));
  // A growing set is iterated to its end, so this also finds indirectly owned objects.
  for (const owner of uids) {
    for (const candidate of candidates) {
      const uid = uidOf(candidate);
      if (uid !== undefined && ownerUids(candidate).includes(owner)) uids.add(uid);
    }
  }
  return uids;
}

interface Outcome {
  readonly end: "ready" | "failed" | "timeout" | "canceled" | "gone";
  readonly reasons: readonly string[];
}

async function untilDecided(
  observed: Observed,
  rule: Rule,
  timeoutSeconds: number,
  signal: AbortSignal,
  status: (text: string) => void,
): Promise<Outcome> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  let settlesAt: number | undefined;
  let shown: string | undefined;
  for (;;) {
    const object = observed.object();
    if (!object) return { end: "gone", reasons: [] };
    const verdict = rule.decide({ object, related: observed.related });
    if (verdict.state === "ready") return { end: "ready", reasons: [] };
    const { reasons } = verdict;
    if (verdict.state === "failed") return { end: "failed", reasons };
    if (reasons[0] !== undefined && reasons[0] !== shown) status((shown = reasons[0]));

    const { settlesAfterSeconds } = verdict;
    settlesAt =
      settlesAfterSeconds === undefined ? undefined : (settlesAt ?? Date.now() + settlesAfterSeconds * 1000);
    const nextLook = Math.min(deadline, settlesAt ?? Infinity);
    const wakened = await observed.bell.wait(nextLook - Date.now(), signal);
    if (wakened === "canceled") return { end: "canceled", reasons };
    if (wakened === "time") return { end: nextLook === deadline ? "timeout" : "ready", reasons };
  }
}
