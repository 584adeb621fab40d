import * as pulumi from "@pulumi/pulumi";
import { ETCD } from "./endpoints.ts";

/**
 * Rejects a change of the number of members, in preview and in update. A Stash stores the first and the current
 * input, and the engine calls this hook before the two can differ. The members depend on the Stash, so a rejected
 * change does not affect them.
 */
export function memberCountGuard(
  name: string,
  { namespace, members }: { readonly namespace: string; readonly members: number },
  opts: pulumi.CustomResourceOptions,
): pulumi.Stash {
  const hook = new pulumi.ResourceHook(`${name} do not change`, refuseMemberChange(namespace), {
    onDryRun: true,
  });
  return new pulumi.Stash(
    name,
    { input: members },
    pulumi.mergeOptions(opts, { hooks: { beforeUpdate: [hook] } }),
  );
}

/** The hook. Its error says why, and how to change the number. */
export function refuseMemberChange(namespace: string) {
  return (change: {
    readonly oldInputs?: Readonly<Record<string, unknown>>;
    readonly newInputs?: Readonly<Record<string, unknown>>;
  }): never => {
    const [from, to] = [change.oldInputs, change.newInputs].map((inputs) => String(inputs?.["input"]));
    const selector = `--namespace=${namespace} --selector=app.kubernetes.io/name=${ETCD}`;
    throw new Error(
      `etcd has ${from} member(s), and ${to} cannot take their place: every member keeps the list of members in its ` +
        "data, so a different number of pods does not change the members. Set etcd.members back, or create a new cluster: " +
        "1. save the keys (etcdctl snapshot save, as root); " +
        "2. turn features.etcd off and update, after `pulumi state unprotect` of what is protected; " +
        `3. kubectl delete persistentvolumeclaims ${selector}; ` +
        `4. turn features.etcd on with etcd.members ${to} and update; ` +
        "5. have the users write their keys again, or restore the snapshot " +
        "(https://etcd.io/docs/v3.6/op-guide/recovery/).",
    );
  };
}
