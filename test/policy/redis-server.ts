import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CONFIG_FILE,
  LIVENESS_FILE,
  PATHS,
  type RedisConfig,
  renderConfig,
  START_FILE,
} from "../../components/redis/render-config.ts";
import {
  PROBE_PASSWORD_VARIABLE,
  type RedisUser,
  renderLiveness,
  renderStart,
} from "../../components/redis/render-start.ts";
import { ensureRecipes, imageStore, unpackLayers } from "../../sandbox/live/images/build.ts";
import { redis } from "../../sandbox/live/images/redis/index.ts";
import { createReport } from "../../sandbox/report.ts";
import { freePort } from "./free-port.ts";

/** The programs of the live image in a folder of their own, or nothing on a machine that cannot build it. */
export async function unpackValkey(): Promise<string | undefined> {
  const [image] = await ensureRecipes([redis], createReport()).catch(() => []);
  if (image === undefined) return undefined;
  const store = imageStore();
  const { layers } = JSON.parse(readFileSync(store.blobFile(image.digest), "utf8")) as {
    layers: readonly { readonly digest: string; readonly size: number }[];
  };
  // Above the base and below the entry point.
  const programs = layers.slice(1, -1).map(({ digest, size }) => ({ digest, bytes: size }));
  return unpackLayers(store, programs, mkdtempSync(join(tmpdir(), "llm-platform-valkey-")));
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
    for (const path of Object.values(PATHS)) mkdirSync(join(this.#folder, path), { recursive: true });
    this.#programs = { PATH: `${join(root, "usr/bin")}:${process.env["PATH"] ?? ""}` };
  }

  static async create(root: string): Promise<RedisServer> {
    return new RedisServer(root, await freePort());
  }

  get port(): number {
    return this.#port;
  }

  /** Everything that the server and its script wrote. */
  get output(): string {
    return this.#output;
  }

  /** Starts over the data that are there; gives the exit code when it stops at once. */
  async start({ config, users, passwords }: ServerOptions): Promise<number | undefined> {
    const files = {
      [CONFIG_FILE]: renderConfig(config),
      // The tests have an administrator, to ask what users may do.
      [START_FILE]: renderStart(users).replace(
        "echo 'user default reset off'",
        "$&\n  echo 'user admin reset on nopass ~* &* +@all'",
      ),
      [LIVENESS_FILE]: renderLiveness().replace("valkey-cli", `valkey-cli -p ${this.#port}`),
    };
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

  /** Whether the server is alive, as the kubelet asks. */
  async isAlive(password: string): Promise<boolean> {
    const asked = spawn("sh", [join(this.#folder, PATHS.config, LIVENESS_FILE)], {
      env: { ...this.#programs, [PROBE_PASSWORD_VARIABLE]: password },
      stdio: "ignore",
    });
    const [code] = (await once(asked, "exit")) as [number | null];
    return code === 0;
  }

  /** What the pod's other probes run. */
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
        // A server that is blocked does not answer.
        timeout: 10_000,
        env: {
          ...this.#programs,
          ...(login.password === undefined ? {} : { [PROBE_PASSWORD_VARIABLE]: login.password }),
        },
      },
    );
    return { out: `${stdout}${stderr}`.trim(), failed: status !== 0 };
  }

  /** What the server answers to its administrator, line by line. Only the tests have this user. */
  ask(...commands: readonly string[]): string[] {
    const { stdout } = spawnSync("valkey-cli", ["-p", String(this.#port), "--user", "admin"], {
      encoding: "utf8",
      input: commands.map((command) => `${command}\n`).join(""),
      env: { ...this.#programs, [PROBE_PASSWORD_VARIABLE]: "any" },
    });
    return stdout.split("\n").filter((line) => line !== "");
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

  /** Until the process has ended by itself. */
  async ended(): Promise<void> {
    if (this.#process?.exitCode === null) await once(this.#process, "exit");
    this.#process = undefined;
  }

  /** A connection that is logged in and does not read by itself. */
  async connect({
    user,
    password,
  }: {
    readonly user: string;
    readonly password: string;
  }): Promise<RedisSocket> {
    const socket = connect(this.#port, "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    const client = new RedisSocket(socket);
    client.send("AUTH", user, password);
    await once(socket, "readable");
    socket.read();
    return client;
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

/** A client in the server's own protocol, for what no client library would do. */
class RedisSocket {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(...command: readonly string[]): void {
    const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
    this.write(`*${command.length}\r\n${parts.join("")}`);
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  /** What the server has answered so far; undefined when it has closed the connection. */
  read(): string | undefined {
    const read = this.#socket.read() as Buffer | null;
    return this.#socket.readableEnded || this.#socket.destroyed ? undefined : (read?.toString() ?? "");
  }

  close(): void {
    this.#socket.destroy();
  }
}
