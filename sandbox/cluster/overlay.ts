// Configuration of every stack on the simulated cluster. Any stack can set these keys.
import { join } from "node:path";
import { KYVERNO_CHART } from "../../components/kyverno/chart.ts";
import { STAND_INS } from "../charts/stand-ins.ts";

/** Where the control plane listens. */
const API_SERVER = { cidrs: ["127.0.0.1/32"] } as const;

/** The folder of Kyverno's own chart, in the folder of the sandbox. */
export function kyvernoChartFolder(sandbox: string): string {
  return join(sandbox, "charts", `kyverno-${KYVERNO_CHART.version}`);
}

/** Keys of a stack's configuration, without the project's name before them. */
export function simulatedOverlay(sandbox: string) {
  return {
    // No pod really runs: there is nothing to keep apart, and nothing that could try it.
    network: { enforcer: "simulated", probe: false },
    postgres: {
      cluster: {
        // Neither its chart nor its image is in a package registry: cloudnativepg.ts stands for it.
        operator: { install: false },
        apiServer: API_SERVER,
      },
    },
    security: { kyverno: { chart: kyvernoChartFolder(sandbox), apiServer: API_SERVER } },
    gateway: { chart: { source: STAND_INS.litellm } },
    tracing: { chart: { source: STAND_INS.phoenix } },
  } as const;
}
