import type { EtcdArgs } from "../../../../components/etcd/args.ts";
import { IMAGES } from "../../../../components/core/images.ts";

export const ARGS: EtcdArgs = {
  namespace: "data",
  image: IMAGES.etcd,
  scriptImage: IMAGES.python,
  users: { orders: { namespace: "shop" }, "stock-room": { namespace: "data" } },
  members: 3,
  quotaGi: 2,
  storageGi: 8,
};
