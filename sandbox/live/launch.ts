// Starts the supervisor in its own namespaces and passes it the sockets on the machine's loopback.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { StatePaths } from "../paths.ts";
import { processIdentity } from "../processes.ts";
import type { Report } from "../report.ts";
import { liveFiles, type Settings, type SupervisorMessage } from "./layout.ts";
import { listenOnLoopback } from "./ports.ts";
import { unshareArguments } from "./preflight.ts";
import { writeRecord } from "./record.ts";

/** Starts the supervisor and waits until it reports that the node is ready. Returns the API server's port. */
export async function launch(settings: Settings, paths: StatePaths, report: Report): Promise<number> {
  const files = liveFiles(settings.home);
  const servers = await listenOnLoopback(paths);
  const log = await open(join(files.logs, "supervisor.log"), "a", 0o600);
  const supervisor = join(import.meta.dirname, "inside", "supervisor.ts");
  const child = spawn("unshare", [...unshareArguments, process.execPath, supervisor, files.settings], {
    stdio: ["ignore", log.fd, log.fd, "ipc"],
    detached: true,
  });
  await log.close();
  const ended = new Promise<string>((settle) => {
    child.once("error", (error) => settle(error.message));
    child.once("exit", (code, signal) => settle(`it ended with ${signal ?? `exit code ${code ?? "?"}`}`));
  });
  const outcome = new Promise<string | undefined>((settle) => {
    child.on("message", (message: SupervisorMessage) => {
      if ("status" in message) report.status(message.status);
      else settle("failure" in message ? message.failure : undefined);
    });
    void ended.then(settle);
  });
  await writeRecord(settings.home, {
    unshare: processIdentity(child.pid ?? 0) ?? "",
    supervisor: await supervisorOf(child),
  });
  const [api, ...others] = servers;
  child.send("api", api.server, () => api.server.close());
  for (const { port, server } of others) child.send(port, server, () => server.close());
  const failure = await outcome;
  if (failure !== undefined) {
    throw new Error(`The live node could not be started: ${failure}\nLogs: ${files.logs}`);
  }
  child.disconnect();
  child.unref();
  return api.port;
}

/** `unshare` forks once: its child is the first process inside. */
async function supervisorOf(child: ChildProcess): Promise<string> {
  const pid = child.pid ?? 0;
  for (;;) {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => undefined);
    const identity = processIdentity(Number(children?.trim().split(" ")[0]));
    if (identity !== undefined) return identity;
    if (children === undefined || child.exitCode !== null) return "";
    await sleep(10);
  }
}
