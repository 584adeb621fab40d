import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ETCD,
  ETCD_GATEWAY_PORT,
  ETCD_METRICS_PORT,
  ETCD_PEER_PORT,
  ETCD_PORT,
} from "../../components/etcd/endpoints.ts";
import { DATA_PATH, renderFlags } from "../../components/etcd/render-flags.ts";
import { renderUsers } from "../../components/etcd/users.ts";
import type { ToolPaths } from "../../sandbox/tools/ensure.ts";
import { freePort } from "./free-port.ts";

const SCRIPT = join(import.meta.dirname, "../../components/etcd/set-users.py");
const NAMESPACE = "lab";

/** What a program printed, and whether it was a success. */
export interface Answer {
  readonly out: string;
  readonly failed: boolean;
}

interface Member {
  readonly ports: Readonly<Record<number, number>>;
  process?: ChildProcess;
}

/** Real members with the rendered flags: their addresses and folders are this machine's, all else is as in the pods. */
export class EtcdCluster {
  readonly #tools: ToolPaths<"etcd">;
  readonly #folder = mkdtempSync(join(tmpdir(), "llm-platform-etcd-"));
  readonly #members: readonly Member[];
  readonly #quotaGi: number;

  private constructor(tools: ToolPaths<"etcd">, members: readonly Member[], quotaGi: number) {
    this.#tools = tools;
    this.#members = members;
    this.#quotaGi = quotaGi;
  }

  static async start(tools: ToolPaths<"etcd">, members: number, quotaGi = 1): Promise<EtcdCluster> {
    const created: Member[] = [];
    for (let index = 0; index < members; index++) {
      const ports: Record<number, number> = {};
      for (const port of [ETCD_PORT, ETCD_GATEWAY_PORT, ETCD_PEER_PORT, ETCD_METRICS_PORT])
        ports[port] = await freePort();
      created.push({ ports });
    }
    const cluster = new EtcdCluster(tools, created, quotaGi);
    try {
      for (const index of created.keys()) cluster.startMember(index);
      await Promise.all(created.map((_, index) => cluster.ready(index)));
    } catch (error) {
      await cluster.remove();
      throw error;
    }
    return cluster;
  }

  startMember(index: number): void {
    const flags = renderFlags({
      namespace: NAMESPACE,
      members: this.#members.length,
      quotaGi: this.#quotaGi,
    });
    const own = flags.map((flag) => this.#moved(flag.replaceAll("$(POD_NAME)", `${ETCD}-${index}`), index));
    const member = this.#member(index);
    member.process = spawn(this.#tools.etcdServer, own, { stdio: "ignore", env: {} });
  }

  /** What a probe of the member's pod gets. */
  async probe(index: number, path: "/livez" | "/readyz"): Promise<number | undefined> {
    return this.http(ETCD_METRICS_PORT, path, index);
  }

  /** The status of an HTTP request to a port of a member; undefined if the port does not speak HTTP. */
  async http(port: number, path: string, index = 0): Promise<number | undefined> {
    return fetch(`http://127.0.0.1:${this.#port(index, port)}${path}`).then(
      ({ status }) => status,
      () => undefined,
    );
  }

  async ready(index: number): Promise<void> {
    const end = Date.now() + 30_000;
    while ((await this.probe(index, "/readyz")) !== 200) {
      if (Date.now() > end) throw new Error(`member ${index} is not ready`);
      await sleep(100);
    }
  }

  /** As a node that dies does. */
  async kill(index: number): Promise<void> {
    const { process } = this.#member(index);
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, "exit");
    process.kill("SIGKILL");
    await ended;
  }

  /** Runs etcdctl against one member, as a user or without a login. */
  etcdctl(
    login: { readonly user: string; readonly password: string } | undefined,
    args: readonly string[],
    member = 0,
    input = "",
  ): Answer {
    return answer(
      spawnSync(this.#tools.etcdctl, args, {
        encoding: "utf8",
        input,
        env: {
          ETCDCTL_ENDPOINTS: `127.0.0.1:${this.#port(member, ETCD_PORT)}`,
          ...(login === undefined ? {} : { ETCDCTL_USER: login.user, ETCDCTL_PASSWORD: login.password }),
        },
      }),
    );
  }

  /** Runs the Job's script. */
  setUsers(users: readonly string[], passwords: Readonly<Record<string, string>>): Answer {
    const file = join(this.#folder, "users.json");
    writeFileSync(file, renderUsers(Object.fromEntries(users.map((user) => [user, {}]))));
    return answer(
      spawnSync("python3", [SCRIPT, file], {
        encoding: "utf8",
        env: {
          ...process.env,
          ETCD_URL: `http://127.0.0.1:${this.#port(0, ETCD_GATEWAY_PORT)}`,
          ...passwords,
        },
      }),
    );
  }

  async remove(): Promise<void> {
    await Promise.all(this.#members.map((_, index) => this.kill(index)));
    rmSync(this.#folder, { recursive: true });
  }

  #moved(flag: string, own: number): string {
    return flag
      .replace(DATA_PATH, join(this.#folder, String(own)))
      .replaceAll(
        new RegExp(`${ETCD}-(\\d)\\.${ETCD}-headless\\.${NAMESPACE}\\.svc\\.cluster\\.local:(\\d+)`, "g"),
        (_, index: string, port: string) => `127.0.0.1:${this.#port(Number(index), Number(port))}`,
      )
      .replace(/0\.0\.0\.0:(\d+)/, (_, port: string) => `127.0.0.1:${this.#port(own, Number(port))}`);
  }

  #member(index: number): Member {
    const member = this.#members[index];
    if (member === undefined) throw new Error(`there is no member ${index}`);
    return member;
  }

  #port(index: number, port: number): number {
    const found = this.#member(index).ports[port];
    if (found === undefined) throw new Error(`member ${index} has no port ${port}`);
    return found;
  }
}

function answer({
  status,
  stdout,
  stderr,
}: {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}): Answer {
  return { out: `${stdout}${stderr}`.trim(), failed: status !== 0 };
}
