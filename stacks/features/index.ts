import type { Feature } from "../feature.ts";
import { chat } from "./chat/index.ts";
import { etcd } from "./etcd/index.ts";
import { gateway } from "./gateway/index.ts";
import { inference } from "./inference/index.ts";
import { kueue } from "./kueue/index.ts";
import { monitoring } from "./monitoring/index.ts";
import { nats } from "./nats/index.ts";
import { network } from "./network/index.ts";
import { onepassword } from "./onepassword/index.ts";
import { postgres } from "./postgres/index.ts";
import { redis } from "./redis/index.ts";
import { security } from "./security/index.ts";
import { storage } from "./storage/index.ts";
import { tenants } from "./tenants/index.ts";
import { tracing } from "./tracing/index.ts";

/** Every feature, with providers before users. Stages order them further. */
export const FEATURES: readonly Feature[] = [
  postgres,
  redis,
  nats,
  etcd,
  tracing,
  gateway,
  chat,
  network,
  monitoring,
  inference,
  onepassword,
  storage,
  security,
  tenants,
  kueue,
];
