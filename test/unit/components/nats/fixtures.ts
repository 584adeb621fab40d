import { IMAGES } from "../../../../components/core/images.ts";
import type { NatsArgs } from "../../../../components/nats/args.ts";
import type { NatsStream } from "../../../../components/nats/streams.ts";
import type { NatsUser } from "../../../../components/nats/users.ts";

export const ORDERS: NatsUser = {
  name: "orders",
  namespace: "shop",
  publish: ["orders.>", "$JS.API.>"],
  subscribe: ["orders.>"],
};
export const AUDIT: NatsUser = { name: "audit", namespace: "office", publish: [], subscribe: ["orders.*"] };
export const STREAM: NatsStream = {
  name: "jobs",
  subjects: ["jobs.>"],
  storage: "file",
  retention: "workqueue",
  maxMi: 8,
  maxAgeSeconds: 60,
  replicas: 1,
  consumers: [{ name: "worker", subjects: ["jobs.new"], ackSeconds: 30, maxPending: 10 }],
};
export const ARGS: NatsArgs = {
  namespace: "data",
  image: IMAGES.nats,
  scriptImage: IMAGES.python,
  users: [ORDERS, AUDIT],
  storageGi: 5,
};
