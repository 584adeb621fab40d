import { IMAGES } from "../../../../components/core/images.ts";
import type { PhoenixArgs } from "../../../../components/phoenix/args.ts";
import { Phoenix } from "../../../../components/phoenix/index.ts";
import type { Recording } from "../../../harness.ts";
import { environment, onlyPods } from "../../../kubernetes.ts";
import { DATABASE } from "../litellm/fixtures.ts";

export const NODE_PORT = { kind: "nodePort", nodePort: 30060, sources: ["192.168.1.0/24"] } as const;
export const ARGS: PhoenixArgs = {
  namespace: "tracing",
  image: IMAGES.phoenix,
  database: {
    ...DATABASE,
    url: "postgresql://phoenix@postgres.data.svc.cluster.local:5432/phoenix",
    database: "phoenix",
    role: "phoenix",
    storageGi: 10,
  },
  consumers: {
    litellm: { namespace: "gateway", projectName: "gateway" },
    collector: { namespace: "agents", projectName: "agents" },
  },
};

export const outputsOf = ({ admin, api, connections }: Phoenix) => ({ admin, api, connections });

export const variables = (recording: Recording) => environment(onlyPods(recording).container);
