import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { hash } from "bcryptjs";
import {
  CONFIG_FILE,
  DATA_PATH,
  renderServerConfig,
  renderStartScript,
  ROUTE_USER,
  routeVariable,
  START_FILE,
  USERS_FILE,
} from "../../components/nats/render-server.ts";
import { renderUsers } from "../../components/nats/render-users.ts";
import { type AccountLimits, accountShares } from "../../components/nats/accounts.ts";
import {
  type NatsStream,
  renderStreams,
  streamAccounts,
  streamsLogin,
  streamsUser,
  streamsVariable,
} from "../../components/nats/streams.ts";
import { accountOf, loginsOf, type NatsUser } from "../../components/nats/users.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { createReport } from "../../sandbox/report.ts";
import { until } from "./nats-client.ts";

const SCRIPT = join(import.meta.dirname, "../../components/nats/set-streams.py");

/** The program, built once a machine. */
export async function natsProgram(): Promise<string> {
  return (await ensureTools(["nats-server"], createReport())).natsServer;
}

/** The password that a login has in the tests. */
export function passwordOf(login: string): string {
  return `password-of-${login}`;
}

const hashes = new Map<string, Promise<string>>();

/** The users' file with hashes as the provider makes them, `$2a$10$`, and as the sandbox's does, `$2b$10$`. */
export async function usersFile(
  users: readonly NatsUser[],
  accounts: Readonly<Record<string, AccountLimits>> = {},
  replicas = 1,
): Promise<string> {
  const names = [...new Set(users.map(accountOf))];
  // The Job's login of each account, too.
  const all = [
    ...users.flatMap(loginsOf),
    ...names.map((account) => ({ name: streamsLogin(account), user: streamsUser(account, "data") })),
  ];
  const logins = all.map(async (login, index) => {
    const password = passwordOf(login.name);
    const made = hashes.get(password) ?? hash(password, 10);
    hashes.set(password, made);
    return { ...login, hash: (await made).replace(/^\$2b/, index % 2 === 0 ? "$2a" : "$2b") };
  });
  return renderUsers(await Promise.all(logins), {
    shares: accountShares(names, accounts, { replicas, storageGi: 1 }),
    maxBytesRequired: replicas > 1,
  });
}

export interface Ports {
  readonly client: number;
  readonly monitor: number;
  readonly cluster: number;
}

export interface NatsServerOptions {
  readonly program: string;
  readonly users: readonly NatsUser[];
  readonly accounts?: Readonly<Record<string, AccountLimits>>;
  /** Of all servers; this one's are at `index`. */
  readonly ports: readonly Ports[];
  readonly index: number;
  readonly routePassword?: string;
}

/** What the pod runs, as a process of this machine: its start script, with its files where the kubelet would put them. */
export class NatsServer {
  readonly ports: Ports;
  readonly #options: NatsServerOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), "llm-platform-nats-"));
  #version = 0;
  #process: ChildProcess | undefined;
  #log = "";

  private constructor(options: NatsServerOptions, ports: Ports) {
    this.#options = options;
    this.ports = ports;
  }

  static async start(options: NatsServerOptions): Promise<NatsServer> {
    const ports = options.ports[options.index];
    if (ports === undefined) throw new Error(`no ports for server ${options.index}`);
    const server = new NatsServer(options, ports);
    server.#mount(await server.#usersFile(options.users));
    server.run();
    return server;
  }

  /** What the server wrote. */
  get log(): string {
    return this.#log;
  }

  /** Starts the process; again after a kill. */
  run(): void {
    const { program, ports, index, routePassword = "route-password" } = this.#options;
    const routes = ports.map(({ cluster }, other) => [
      routeVariable(other),
      `nats://${ROUTE_USER}:${routePassword}@127.0.0.1:${cluster}`,
    ]);
    const child = spawn("sh", [join(this.#folder, "config", START_FILE)], {
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: in a pod, the script's loop ends with the server.
      detached: true,
      env: {
        PATH: [dirname(program), process.env["PATH"]].join(delimiter),
        TMPDIR: tmpdir(),
        POD_NAME: `nats-${index}`,
        ROUTE_PASSWORD: routePassword,
        ...(Object.fromEntries(routes) as Record<string, string>),
      },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (this.#log += text));
    }
    this.#process = child;
  }

  async health(query = ""): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.ports.monitor}/healthz${query}`)).ok;
    } catch {
      return false;
    }
  }

  async untilHealthy(): Promise<this> {
    await until(() => this.health(), `a healthy server; it wrote:\n${this.#log}`, 30);
    return this;
  }

  /** Gives it other users as the kubelet does, all files at once, and waits until the server has read them. */
  async change(users: readonly NatsUser[]): Promise<void> {
    await this.changeFile(await this.#usersFile(users));
  }

  /** Runs the Job's script; gives what it printed. */
  async setStreams(
    streams: readonly NatsStream[],
  ): Promise<{ readonly out: string; readonly failed: boolean }> {
    const file = join(this.#folder, "streams.json");
    writeFileSync(file, renderStreams(streams));
    const passwords = streamAccounts(streams).map((account) => [
      streamsVariable(account),
      passwordOf(streamsLogin(account)),
    ]);
    const job = spawn("python3", [SCRIPT, file], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        NATS_HOST: "127.0.0.1",
        NATS_PORT: String(this.ports.client),
        ...(Object.fromEntries(passwords) as Record<string, string>),
      },
    });
    let out = "";
    for (const stream of [job.stdout, job.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (out += text));
    const [code] = (await once(job, "close")) as [number | null];
    return { out: out.trim(), failed: code !== 0 };
  }

  async changeFile(text: string): Promise<void> {
    const reloads = () => this.#log.match(/Reloaded server configuration|Failed to reload/g)?.length ?? 0;
    const before = reloads();
    this.#mount(text);
    await until(() => reloads() > before, "a reload");
  }

  /** Nothing of the process is left to end in order. */
  async kill(): Promise<void> {
    const { pid, exitCode } = this.#process ?? {};
    if (this.#process === undefined || pid === undefined || exitCode !== null) return;
    const ended = once(this.#process, "close");
    process.kill(-pid, "SIGKILL");
    await ended;
    this.#process = undefined;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What `nats-server -t` says of the files, as they are in the pod. @throws Error when it refuses them. */
  static check(program: string, replicas: number, users: string, config?: string): string {
    const folder = mkdtempSync(join(tmpdir(), "llm-platform-nats-"));
    try {
      writeFileSync(join(folder, CONFIG_FILE), config ?? renderServerConfig({ replicas, storageGi: 1 }));
      writeFileSync(join(folder, USERS_FILE), users);
      const variables = Object.fromEntries(
        Array.from({ length: replicas }, (_, index) => [
          routeVariable(index),
          `nats://${ROUTE_USER}:route-0@nats-${index}.nats-headless:6222`,
        ]),
      );
      return execFileSync(program, ["-t", "-c", join(folder, CONFIG_FILE)], {
        encoding: "utf8",
        cwd: "/",
        stdio: ["ignore", "pipe", "pipe"],
        env: { POD_NAME: "nats-0", ROUTE_PASSWORD: "route-0", ...variables },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  #usersFile(users: readonly NatsUser[]): Promise<string> {
    return usersFile(users, this.#options.accounts, this.#options.ports.length);
  }

  #mount(users: string): void {
    const folder = join(this.#folder, "config");
    this.#version += 1;
    const version = `..${this.#version}`;
    mkdirSync(join(folder, version), { recursive: true });
    const files = { [CONFIG_FILE]: this.#config(), [START_FILE]: renderStartScript(), [USERS_FILE]: users };
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, version, name), text);
      if (this.#version === 1) symlinkSync(join("..data", name), join(folder, name));
    }
    symlinkSync(version, join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
  }

  /** The rendered configuration, on this machine's loopback and in a folder of its own. */
  #config(): string {
    const { ports } = this.#options;
    const here = (port: number) => `host: "127.0.0.1", port: ${port}`;
    const changes: [string, string][] = [
      ["port: 4222", here(this.ports.client)],
      ["http_port: 8222", `http: "127.0.0.1:${this.ports.monitor}"`],
      [`store_dir: "${DATA_PATH}/`, `store_dir: "${this.#folder}/`],
      ...(ports.length > 1 ? [["port: 6222", here(this.ports.cluster)] as [string, string]] : []),
    ];
    return changes.reduce(
      (text, [from, to]) => {
        if (!text.includes(from)) throw new Error(`the configuration does not say ${from}`);
        return text.replace(from, to);
      },
      renderServerConfig({ replicas: ports.length, storageGi: 1 }),
    );
  }
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<Ports[]> {
  const servers = await Promise.all(
    Array.from({ length: count * 3 }, async () => {
      const server = createServer();
      await once(server.listen(0, "127.0.0.1"), "listening");
      return server;
    }),
  );
  const numbers = servers.map((server) => {
    const address = server.address();
    server.close();
    if (address === null || typeof address === "string") throw new Error("no port was given");
    return address.port;
  });
  return Array.from({ length: count }, (_, index) => {
    const [client = 0, monitor = 0, cluster = 0] = numbers.slice(index * 3);
    return { client, monitor, cluster };
  });
}
