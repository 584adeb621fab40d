// Says who enforces network policies in a cluster, from its own objects:
//   kubectl get daemonsets,configmaps -A -o json | node stacks/detect-enforcer.ts
import { readFileSync } from "node:fs";
// The command that fixes it is from the configuration's schema.
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

/** An object as `kubectl get -o json` shows it, as far as it is looked at. */
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

/** What a cluster's objects say: the best of what is there, and "unknown" where nothing is known. */
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
  // Several may be there, and one that enforces is enough.
  for (const enforced of ["yes", "unknown", "no"] as const) {
    const best = found.find((each) => each.enforced === enforced);
    if (best !== undefined) return best;
  }
  const idle = NOT_ENFORCING.find((place) => find("DaemonSet", place) !== undefined);
  if (idle !== undefined) {
    const reason = `${idle.namespace}/${idle.name} enforces no network policies, and nothing known beside it does`;
    return { enforced: "no", reason };
  }
  return { enforced: "unknown", reason: "no network plugin that is known here" };
}

function describe({ enforced, enforcer, reason }: Detection): string {
  const answer = { yes: "enforced", no: "NOT enforced", unknown: "unknown" }[enforced];
  const probe = `let it be tried: ${fixCommand(["network", "probe"], "true")}`;
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
