// The last CNI plugin in the chain. It sends a pod's address to the enforcer and waits until the pod's policies are
// applied. https://www.cni.dev/docs/spec/
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Announcement } from "./announcement.ts";

// The name is given in the environment: configuration.ts would load a YAML library for every pod.
const socketPath = process.env["ENFORCER_SOCKET"] ?? "";
const patienceMs = 10_000;

interface Configuration {
  readonly cniVersion: string;
  readonly prevResult?: { readonly ips?: readonly { readonly address: string }[] };
}

async function announce(announcement: Announcement): Promise<void> {
  const socket = connect(socketPath);
  socket.write(`${JSON.stringify(announcement)}\n`);
  const answer = once(socket, "data");
  const late = sleep(patienceMs, undefined, { ref: false }).then(() => {
    throw new Error("the enforcer of network policies does not know the pod yet");
  });
  await Promise.race([answer, late]);
  socket.destroy();
}

async function main(): Promise<unknown> {
  const command = process.env["CNI_COMMAND"];
  if (command === "VERSION") return { cniVersion: "1.0.0", supportedVersions: ["0.4.0", "1.0.0", "1.1.0"] };
  const configuration = JSON.parse(await text(process.stdin)) as Configuration;
  const podArguments = new Map(
    (process.env["CNI_ARGS"] ?? "").split(";").map((pair) => pair.split("=") as [string, string]),
  );
  const pod = {
    uid: podArguments.get("K8S_POD_UID") ?? "",
    containerId: process.env["CNI_CONTAINERID"] ?? "",
  };
  if (command === "ADD") {
    const address = configuration.prevResult?.ips?.[0]?.address.split("/")[0];
    if (address === undefined) throw new Error("no address from the plugin before");
    await announce({ ...pod, address });
    return configuration.prevResult;
  }
  if (command === "DEL") await announce(pod);
  return undefined;
}

main().then(
  (result) => {
    if (result !== undefined) process.stdout.write(JSON.stringify(result));
  },
  (error: unknown) => {
    const msg = error instanceof Error ? error.message : String(error);
    process.stdout.write(JSON.stringify({ cniVersion: "1.0.0", code: 100, msg }));
    process.exitCode = 1;
  },
);
