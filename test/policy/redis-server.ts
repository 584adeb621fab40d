import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CONFIG_FILE,
  PATHS,
  type RedisConfig,
  renderConfig,
  START_FILE,
} from "../../components/redis/render-config.ts";
import { PROBE_PASSWORD_VARIABLE, type RedisUser, renderStart } from "../../components/redis/render-start.ts";
import { unpackDebian } from "../../sandbox/tools/debian.ts";
import { freePort } from "./free-port.ts";

/** The server, its client, and what Debian's base system lacks of their libraries. */
const PACKAGES = ["redis-server", "redis-tools", "libjemalloc2", "liblzf1", "libatomic1"];
const LIBRARIES = ["usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu"];

/** The root below which Debian's Redis lies, or nothing where apt does not know it. */
export async function findRedis(): Promise<string | undefined> {
  const root = await unpackDebian(PACKAGES).catch(() => undefined);
  return root !== undefined && existsSync(join(root, "usr/bin/redis-server")) ? root : undefined;
}

/** What a command printed, and whether it was a success. */
export interface Answer {
  readonly out: string;
  readonly failed: boolean;
}

/** What a pod's server depends on. */
export interface ServerOptions {
  readonly config: RedisConfig;
  readonly users: Readonly<Record<string, RedisUser>>;
  /** As in the pod: one for the probe and each user. */
  readonly passwords: Readonly<Record<string, string>>;
}

/** A real server, started with the rendered script and configuration on a free port; their paths are below a folder. */
export class RedisServer {
  readonly #folder = mkdtempSync(join(tmpdir(), "llm-platform-redis-"));
  readonly #port: number;
  readonly #programs: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;
  #output = "";

  private constructor(root: string, port: number) {
    this.#port = port;
    const bin = join(this.#folder, "bin");
    for (const path of ["bin", ...Object.values(PATHS)])
      mkdirSync(join(this.#folder, path), { recursive: true });
    // As Valkey's image calls them.
    for (const program of ["server", "cli"])
      symlinkSync(join(root, `usr/bin/redis-${program}`), join(bin, `valkey-${program}`));
    this.#programs = {
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      LD_LIBRARY_PATH: LIBRARIES.map((folder) => join(root, folder)).join(":"),
    };
  }

  static async create(root: string): Promise<RedisServer> {
    return new RedisServer(root, await freePort());
  }

  /** Everything that the server and its script wrote. */
  get output(): string {
    return this.#output;
  }

  /** Starts over the data that are there; gives the exit code when it stops at once. */
  async start({ config, users, passwords }: ServerOptions): Promise<number | undefined> {
    const files = { [CONFIG_FILE]: renderConfig(config), [START_FILE]: renderStart(users) };
    for (const [file, text] of Object.entries(files))
      writeFileSync(join(this.#folder, PATHS.config, file), this.#moved(text));
    const started = spawn("sh", [join(this.#folder, PATHS.config, START_FILE)], {
      env: { ...this.#programs, ...passwords },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = started;
    for (const stream of [started.stdout, started.stderr])
      stream.on("data", (text: Buffer) => (this.#output += text.toString()));
    while (this.probe(passwords[PROBE_PASSWORD_VARIABLE] ?? "").failed) {
      if (started.exitCode !== null) return started.exitCode;
      await sleep(50);
    }
    return undefined;
  }

  /** What the pod's probes run. */
  probe(password: string): Answer {
    return this.run({ user: "probe", password }, "ping");
  }

  /** Runs a command, as a user or without any. */
  run(login: { readonly user?: string; readonly password?: string }, ...command: readonly string[]): Answer {
    const user = login.user === undefined ? [] : ["--user", login.user];
    const { status, stdout, stderr } = spawnSync(
      "valkey-cli",
      ["-h", "127.0.0.1", "-p", String(this.#port), "-e", ...user, ...command],
      {
        encoding: "utf8",
        env: {
          ...this.#programs,
          ...(login.password === undefined ? {} : { [PROBE_PASSWORD_VARIABLE]: login.password }),
        },
      },
    );
    return { out: `${stdout}${stderr}`.trim(), failed: status !== 0 };
  }

  /** As the kubelet stops it, or with SIGKILL as a node that dies does. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = once(running, "exit");
    running.kill(signal);
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true });
  }

  #moved(text: string): string {
    const paths = Object.values(PATHS).map((path): [string, string] => [path, join(this.#folder, path)]);
    return paths
      .reduce((moved, [from, to]) => moved.replaceAll(new RegExp(`(?<=[ \\n])${from}`, "g"), to), text)
      .replace(/^port .*$/m, `port ${this.#port}`);
  }
}
