// The probe of network policies: what it makes, and the script itself against real sockets.
import { execFile } from "node:child_process";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { IMAGES } from "../../../../components/core/images.ts";
import { describeEdge } from "../../../../components/core/network/index.ts";
import { networkProbeEdges } from "../../../../components/network-probe/endpoints.ts";
import { NetworkProbe } from "../../../../components/network-probe/index.ts";
import { renderOneSidedPolicies } from "../../../../components/network-probe/render-policies.ts";
import { find, inventory, record, type Recording } from "../../../harness.ts";
import { podOwners } from "../../../kubernetes.ts";
import { checkout } from "../../../../sandbox/paths.ts";

describe("NetworkProbe", () => {
  let recording: Recording;
  before(async () => {
    recording = await record(
      () => new NetworkProbe("probe", { namespace: "llm-probe", image: IMAGES.python }),
    );
  });

  it("creates these resources", () =>
    expect(inventory(recording)).to.deep.equal([
      "kubernetes:apps/v1:Deployment probe-server-deployment",
      "kubernetes:batch/v1:Job probe-client-job",
      "kubernetes:core/v1:ConfigMap probe-script",
      "kubernetes:core/v1:Service probe-server-service",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy probe-network-probe-egress-only",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy probe-network-probe-ingress-only",
      "llm-platform:foundation:Job probe-client",
      "llm-platform:foundation:NetworkProbe probe",
      "llm-platform:foundation:Workload probe-server",
    ]));

  it("connects to each port of the server, the open one first", () => {
    const commands = podOwners(recording).map(({ pod }) => pod.containers[0]?.command?.slice(2));
    expect(commands).to.deep.include.members([
      ["serve", "8080", "8081", "8082"],
      ["ask", "60", "network-probe.llm-probe.svc.cluster.local", "8080", "8081", "8082"],
    ]);
  });

  it("starts after the server, and both after the policies", () => {
    const job = find(recording, "kubernetes:batch/v1:Job", "probe-client-job");
    const client = find(recording, "llm-platform:foundation:Job", "probe-client");
    const server = find(recording, "llm-platform:foundation:Workload", "probe-server");
    const before = (urns: readonly string[]): string => urns.join();
    expect(job.parent).to.equal(client.urn);
    expect(before([...job.dependencies, ...client.dependencies])).to.contain("probe-server");
    for (const after of [client, server])
      expect(before(after.dependencies)).to.contain("egress-only").and.to.contain("ingress-only");
  });

  it("has one way that both sides open", () =>
    expect(networkProbeEdges("p").map(describeEdge)).to.deep.equal([
      "p/network-probe-client -> p/network-probe-server:both-sides",
    ]));

  it("has one connection that only one side allows, for each side", () =>
    expect(
      renderOneSidedPolicies("p").map(({ spec }) => [
        spec.policyTypes,
        spec.podSelector.matchLabels["app.kubernetes.io/component"],
        ("egress" in spec ? spec.egress : spec.ingress).map(({ ports }) => ports[0]?.port),
      ]),
    ).to.deep.equal([
      [["Egress"], "client", [8081]],
      [["Ingress"], "server", [8082]],
    ]));
});

describe("the script of the probe", function () {
  this.timeout("20s");
  const script = join(checkout, "components/network-probe/probe.py");
  const listening: Server[] = [];
  afterEach(() => {
    for (const server of listening.splice(0)) server.close();
  });

  /** A port with or without a listener. */
  const port = async (isOpen: boolean): Promise<number> => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port: number } = server.address() as AddressInfo;
    if (isOpen) listening.push(server);
    else server.close();
    return number;
  };
  const ask = async (patienceSeconds: number, ...ports: readonly number[]) => {
    const args = [script, "ask", String(patienceSeconds), "127.0.0.1", ...ports.map(String)];
    try {
      return { code: 0, ...(await promisify(execFile)("python3", args)) };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };

  it("succeeds if only the allowed port is reachable", async () => {
    const [allowed, ...forbidden] = [await port(true), await port(false), await port(false)];
    const { code, stdout } = await ask(0, allowed, ...forbidden);
    expect([code, stdout]).to.deep.equal([
      0,
      `network policies are enforced: 127.0.0.1 was reached on ${allowed}, and not on [${forbidden.join(", ")}]\n`,
    ]);
  });

  it("fails if a forbidden port is reachable, and reports which", async () => {
    const [allowed, closed, open] = [await port(true), await port(false), await port(true)];
    const { code, stderr } = await ask(0, allowed, closed, open);
    expect(code).to.equal(1);
    expect(stderr).to.contain(`network policies are not enforced: 127.0.0.1 was reached on [${open}]`);
  });

  it("fails where nothing can be reached: then nothing is known", async () => {
    const { code, stderr } = await ask(0, await port(false), await port(false));
    expect(code).to.equal(1);
    expect(stderr).to.contain("cannot be reached, though policies allow it: nothing is known of the rest");
  });

  it("waits for policies that come late", async () => {
    const [allowed, late] = [await port(true), await port(true)];
    const asking = ask(15, allowed, late);
    setTimeout(() => listening.pop()?.close(), 1500);
    expect((await asking).code).to.equal(0);
  });

  it("serves all of its ports, and stops on a signal", async () => {
    const ports = [await port(false), await port(false)];
    const child = execFile("python3", [script, "serve", ...ports.map(String)]);
    try {
      const ended = once(child, "exit");
      // Both are open: what is called forbidden is reached.
      let answer = await ask(1, ...ports);
      for (let tries = 0; tries < 20 && !answer.stderr.includes("was reached"); tries++)
        answer = await ask(1, ...ports);
      expect(answer.stderr).to.contain(`was reached on [${ports[1]}]`);
      child.kill("SIGTERM");
      expect(await ended).to.deep.equal([0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
