import {
  NETWORK_PROBE,
  networkProbeEdges,
  networkProbeEndpoints,
} from "../../../components/network-probe/endpoints.ts";
import { NetworkProbe } from "../../../components/network-probe/index.ts";
import type { Feature } from "../../feature.ts";
import { imageOf } from "../../images.ts";
import { namespaceOf } from "../../namespace-of.ts";
import { networkProblems } from "./rules.ts";
import { networkSchema } from "./schema.ts";

const PROBE = "network-probe";

/** Tests whether network policies are enforced. The platform checks the configured enforcer before everything else. */
export const network: Feature<"network"> = {
  name: "network",
  schema: networkSchema,
  stage: "operators",
  plan(config) {
    const namespace = namespaceOf(config, PROBE);
    const workloads = Object.values(networkProbeEndpoints(namespace));
    if (!config.network.probe) return { workloads };
    return {
      namespaces: { probe: { namespace } },
      workloads,
      images: ["python"],
      edges: networkProbeEdges(namespace),
    };
  },
  rules: networkProblems,
  build({ config, opts }) {
    if (!config.network.probe) return { resources: [] };
    const args = { namespace: namespaceOf(config, PROBE), image: imageOf(config, "python") };
    return { resources: [new NetworkProbe(NETWORK_PROBE, args, opts)] };
  },
};
