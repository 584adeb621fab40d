import { IMAGES } from "../../../../components/core/images.ts";
import type { NatsArgs } from "../../../../components/nats/args.ts";
import type { NatsUser } from "../../../../components/nats/users.ts";

export const ORDERS: NatsUser = {
  name: "orders",
  namespace: "shop",
  publish: ["orders.>", "$JS.API.>"],
  subscribe: ["orders.>"],
};
export const AUDIT: NatsUser = { name: "audit", namespace: "office", publish: [], subscribe: ["orders.*"] };
export const ARGS: NatsArgs = {
  namespace: "data",
  image: IMAGES.nats,
  users: [ORDERS, AUDIT],
  storageGi: 5,
};
