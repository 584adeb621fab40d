import type { EtcdArgs } from "../../components/etcd/index.ts";
import { IMAGES } from "../../components/images.ts";
import type { Recording } from "../harness.ts";
import { type Container, type PodOwner, podOwners } from "../kubernetes.ts";

export const ARGS: EtcdArgs = {
  namespace: "data",
  image: IMAGES.etcd,
  scriptImage: IMAGES.python,
  users: { orders: { namespace: "shop" }, "stock-room": { namespace: "data" } },
  members: 3,
  quotaGi: 2,
  storageGi: 8,
};

export function pods(recording: Recording, kind: string): { owner: PodOwner; container: Container } {
  const [owner, ...others] = podOwners(recording).filter((each) => each.kind === kind);
  const container = owner?.pod.containers[0];
  if (owner === undefined || container === undefined || others.length > 0) throw new Error(`not one ${kind}`);
  return { owner, container };
}
