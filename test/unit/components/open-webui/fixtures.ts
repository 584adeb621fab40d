import type { Connection } from "../../../../components/core/connection.ts";
import { IMAGES } from "../../../../components/core/images.ts";
import { workloadLabels } from "../../../../components/core/labels.ts";
import type { OpenWebUiArgs } from "../../../../components/open-webui/args.ts";
import type { Recording } from "../../../harness.ts";
import { environment, onlyPods } from "../../../kubernetes.ts";
import { DATABASE, REDIS } from "../litellm/fixtures.ts";

export const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
export const LOAD_BALANCER = { kind: "loadBalancer", sources: "everybody" } as const;
export const GATEWAY: Connection = {
  host: "litellm.gateway.svc.cluster.local",
  port: 4000,
  url: "http://litellm.gateway.svc.cluster.local:4000",
  secret: { name: "key-secret", key: "key" },
  endpoint: { namespace: "gateway", podLabels: workloadLabels("litellm", "server"), ports: { http: 4000 } },
};
export const ARGS: OpenWebUiArgs = {
  namespace: "chat",
  image: IMAGES.openWebui,
  gateway: GATEWAY,
  database: { ...DATABASE, database: "open_webui", role: "open_webui" },
  storage: { storageGi: 10 },
  adminEmail: "admin@localhost",
};
export const SEVERAL: Partial<OpenWebUiArgs> = {
  replicas: 2,
  redis: { ...REDIS, username: "open_webui", prefix: "open_webui" },
  storage: { storageGi: 10, storageClass: "nfs", shared: true },
};

export const variables = (recording: Recording) => environment(onlyPods(recording).container);
