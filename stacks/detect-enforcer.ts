// Reports which network plugin enforces network policies in a cluster, from its objects:
//   kubectl get daemonsets,configmaps -A -o json | node stacks/detect-enforcer.ts
import { readFileSync } from "node:fs";
// The fix commands come from the configuration's schema.
import "./config.ts";
import { fixCommand } from "./config-problem.ts";
import {
  type Container,
  type Enforcer,
  ENFORCERS,
  NOT_ENFORCING,
  type Place,
  type Verdict,
} from "./features/network/enforcers.ts";

/** The part of an object of `kubectl get -o json` that is read. */
export interface ListedObject {
  readonly kind: string;
  readonly metadata: Place;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } } };
}

export interface Detection extends Verdict {
  /** What `network.enforcer` can be set to. */
  readonly enforcer?: string;
}

/** The best finding about a cluster's objects, or "unknown" if no plugin is known. */
export function detectEnforcer(objects: readonly ListedObject[]): Detection {
  const find = (kind: string, place: Place): ListedObject | undefined =>
    objects.find(
      ({ kind: other, metadata }) =>
        other === kind && metadata.namespace === place.namespace && metadata.name === place.name,
    );
  const found = Object.entries<Enforcer>(ENFORCERS).flatMap(([enforcer, { daemonSet, configMap, judge }]) => {
    const daemon = find("DaemonSet", daemonSet);
    if (daemon === undefined) return [];
    const settings = configMap === undefined ? {} : (find("ConfigMap", configMap)?.data ?? {});
    return [{ enforcer, ...judge({ containers: daemon.spec?.template?.spec?.containers ?? [], settings }) }];
  });
  // There may be several plugins. One that enforces is enough.
  for (const enforced of ["yes", "unknown", "no"] as const) {
    const best = found.find((each) => each.enforced === enforced);
    if (best !== undefined) return best;
  }
  const idle = NOT_ENFORCING.find((place) => find("DaemonSet", place) !== undefined);
  if (idle !== undefined) {
    const reason = `${idle.namespace}/${idle.name} does not enforce network policies, and no other known network plugin was found`;
    return { enforced: "no", reason };
  }
  return { enforced: "unknown", reason: "no known network plugin was found" };
}

function describe({ enforced, enforcer, reason }: Detection): string {
  const answer = { yes: "enforced", no: "NOT enforced", unknown: "unknown" }[enforced];
  const probe = `to test the enforcement: ${fixCommand(["network", "probe"], "true")}`;
  const advice =
    enforced === "yes" && enforcer !== undefined ? fixCommand(["network", "enforcer"], enforcer) : probe;
  return `network policies: ${answer}. ${reason}\n${advice}`;
}

if (import.meta.main) {
  const { items } = JSON.parse(readFileSync(0, "utf8")) as { readonly items: readonly ListedObject[] };
  const found = detectEnforcer(items);
  console.log(describe(found));
  process.exitCode = found.enforced === "yes" ? 0 : 1;
}
