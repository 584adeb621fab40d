import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { serviceHost } from "../core/connection.ts";
import { TOKENS } from "../core/tokens.ts";
import { immutableConfigMap } from "../core/workload/config-map.ts";
import { Workload } from "../core/workload/index.ts";
import { Job } from "../core/workload/job.ts";
import type { NetworkProbeArgs } from "./args.ts";
import { NETWORK_PROBE, PROBE_PORTS } from "./endpoints.ts";
import { renderOneSidedPolicies } from "./render-policies.ts";

/** Any non-root user: the script writes no files. */
const SCRIPT_UID = 65534;
const SCRIPT_PATH = "/etc/network-probe";
const SCRIPT_FILE = "probe.py";
/** How long the policies of a new pod may take to apply. */
const PATIENCE_SECONDS = 60;
/** One attempt, and a second one after the back-off of Kubernetes. */
const DEADLINE_SECONDS = 180;
const RESOURCES = { cpuRequestMillicores: 10, memoryRequestMi: 32, memoryLimitMi: 64 } as const;

/**
 * Tests whether the cluster enforces network policies. A Job must reach a server on the port that policies open on
 * both sides, and must not reach it on the ports that they open on one side only. Otherwise the Job and the update
 * fail. The Job runs once: it does not detect a cluster that stops enforcing later.
 */
export class NetworkProbe extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkProbeArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TOKENS.NetworkProbe, name, {}, opts);

    const { namespace, image } = args;
    const script = immutableConfigMap(
      `${name}-script`,
      {
        application: NETWORK_PROBE,
        namespace,
        files: { [SCRIPT_FILE]: readFileSync(join(import.meta.dirname, SCRIPT_FILE), "utf8") },
      },
      { parent: this },
    );
    const pod = (...words: readonly (string | number)[]) => ({
      image,
      uid: SCRIPT_UID,
      command: ["python3", `${SCRIPT_PATH}/${SCRIPT_FILE}`, ...words.map(String)],
      resources: RESOURCES,
      mounts: { [SCRIPT_PATH]: { configMap: { name: script.metadata.name } } },
    });
    const ports = Object.values(PROBE_PORTS);
    const policies = renderOneSidedPolicies(namespace).map(
      (policy) =>
        new kubernetes.networking.v1.NetworkPolicy(`${name}-${policy.metadata.name}`, policy, {
          parent: this,
        }),
    );
    const listens = { tcp: { port: "both-sides" } };
    const server = new Workload(
      `${name}-server`,
      {
        application: NETWORK_PROBE,
        role: "server",
        namespace,
        controller: "Deployment",
        pod: {
          ...pod("serve", ...ports),
          ports: PROBE_PORTS,
          probes: { startup: { ...listens, periodSeconds: 2 }, readiness: listens, liveness: listens },
          terminationGracePeriodSeconds: 5,
        },
      },
      { parent: this, dependsOn: policies },
    );
    new Job(
      `${name}-client`,
      {
        application: NETWORK_PROBE,
        role: "client",
        namespace,
        deadlineSeconds: DEADLINE_SECONDS,
        pod: pod("ask", PATIENCE_SECONDS, serviceHost(NETWORK_PROBE, namespace), ...ports),
      },
      { parent: this, dependsOn: [server, ...policies] },
    );
    this.registerOutputs({});
  }
}
