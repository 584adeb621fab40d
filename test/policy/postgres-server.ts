import {
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  execFileSync,
  spawn,
} from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Debian's `nobody`: PostgreSQL refuses to run as root. */
const NOBODY = 65534;

/** The folder of a PostgreSQL server of this machine, or nothing. The live sandbox will bring its own. */
export function findPostgres(): string | undefined {
  const versions = "/usr/lib/postgresql";
  if (!existsSync(versions)) return undefined;
  return readdirSync(versions)
    .map((version) => join(versions, version, "bin"))
    .filter((bin) => existsSync(join(bin, "postgres")))
    .sort()
    .at(-1);
}

/** A real server in a folder of its own, on a port of 127.0.0.1, that logs every statement. */
export class PostgresServer {
  readonly #bin: string;
  readonly #folder: string;
  readonly #user: { uid?: number; gid?: number };
  readonly #superuserPassword = "superuser-password";
  readonly #port: number;
  readonly #options: string;
  #exhausting: readonly ChildProcess[] = [];

  private constructor(bin: string, port: number, given: Readonly<Record<string, string>>) {
    this.#bin = bin;
    this.#port = port;
    this.#folder = mkdtempSync(join(tmpdir(), "llm-platform-postgres-"));
    this.#user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    const passwordFile = join(this.#folder, "password");
    writeFileSync(passwordFile, this.#superuserPassword, { mode: 0o600 });
    if (this.#user.uid !== undefined) {
      chownSync(this.#folder, NOBODY, NOBODY);
      chownSync(passwordFile, NOBODY, NOBODY);
    }
    chmodSync(this.#folder, 0o755);
    this.#makeCertificate();
    this.#run("initdb", ["--username=postgres", "--auth=scram-sha-256", `--pwfile=${passwordFile}`]);
    const settings = {
      ...given,
      ...{ listen_addresses: "127.0.0.1", log_statement: "all", fsync: "off" },
      ...{ ssl: "on", ssl_cert_file: this.#certificate, ssl_key_file: this.#key },
    };
    this.#options = Object.entries(settings)
      .map(([name, value]) => ` -c ${name}=${value}`)
      .reduce((sofar, setting) => sofar + setting, `-p ${String(port)} -k ${this.#folder}`);
    this.resume();
  }

  /** Ends it as a node that dies does; its data stay. */
  pause(): void {
    this.#run("pg_ctl", ["--mode=immediate", "stop"]);
  }

  resume(): void {
    this.#run("pg_ctl", ["--wait", `--log=${this.#logFile}`, `--options=${this.#options}`, "start"]);
  }

  get port(): number {
    return this.#port;
  }

  static async start(bin: string, settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
    return new PostgresServer(bin, await freePort(), settings);
  }

  /** Opens connections of a role that stay idle, until one is rejected; gives what the server says then. */
  async exhaust(role: string, password: string, most: number): Promise<string> {
    const clients: ChildProcess[] = [];
    try {
      for (let index = 0; index < most; index++) {
        const client = spawn(join(this.#bin, "psql"), ["--no-psqlrc", "--quiet", "--tuples-only"], {
          env: this.#login(role, password, role),
        });
        clients.push(client);
        const said = await this.#firstWord(client);
        if (said !== "ready") return said;
      }
      return "";
    } finally {
      this.#exhausting = clients;
    }
  }

  /** Ends the connections of {@link exhaust}. */
  relieve(): void {
    for (const client of this.#exhausting) client.kill("SIGKILL");
    this.#exhausting = [];
  }

  /** Runs a script the way the Job does: as the superuser, passwords in the environment. */
  runScript(script: string, passwords: Readonly<Record<string, string>>): void {
    const file = join(this.#folder, "script.sql");
    writeFileSync(file, script);
    this.#psql(["--quiet", `--file=${file}`], "postgres", this.#superuserPassword, "postgres", passwords);
  }

  /** Runs one statement as a role and returns what it printed; without TLS where `sslMode` does not ask for it. */
  query(role: string, password: string, database: string, statement: string, sslMode = "disable"): string {
    return this.#psql(["--tuples-only", "--no-align", `--command=${statement}`], role, password, database, {
      PGSSLMODE: sslMode,
    });
  }

  /** Replaces the rules of who may connect how, for connections from now on. */
  useRules(rules: readonly string[]): void {
    writeFileSync(join(this.#folder, "data", "pg_hba.conf"), `${rules.join("\n")}\n`);
    this.#run("pg_ctl", ["reload"]);
  }

  /** Everything that the server wrote about itself. */
  get log(): string {
    return readFileSync(this.#logFile, "utf8");
  }

  stop(): void {
    this.pause();
    rmSync(this.#folder, { recursive: true });
  }

  get #logFile(): string {
    return join(this.#folder, "log");
  }

  get #certificate(): string {
    return join(this.#folder, "server.crt");
  }

  get #key(): string {
    return join(this.#folder, "server.key");
  }

  #makeCertificate(): void {
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"];
    execFileSync("openssl", [...request, "-keyout", this.#key, "-out", this.#certificate], {
      ...this.#user,
      stdio: ["ignore", "ignore", "pipe"],
    });
  }

  #run(program: string, args: readonly string[]): void {
    execFileSync(join(this.#bin, program), [`--pgdata=${join(this.#folder, "data")}`, ...args], {
      ...this.#user,
      cwd: this.#folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
  }

  #psql(
    args: readonly string[],
    role: string,
    password: string,
    database: string,
    env: Readonly<Record<string, string>>,
  ): string {
    return execFileSync(join(this.#bin, "psql"), ["--no-psqlrc", ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...env, ...this.#login(role, password, database) },
    }).trim();
  }

  #login(role: string, password: string, database: string): Record<string, string> {
    return {
      PGHOST: "127.0.0.1",
      PGPORT: String(this.#port),
      PGUSER: role,
      PGPASSWORD: password,
      PGDATABASE: database,
    };
  }

  /** `ready` when the client is logged in; else why it is not. */
  async #firstWord(client: ChildProcessWithoutNullStreams): Promise<string> {
    client.stdin.write("SELECT 'ready';\n");
    let errors = "";
    client.stderr.on("data", (text: Buffer) => (errors += text.toString()));
    await Promise.race([once(client.stdout, "data"), once(client, "close")]);
    return errors === "" ? "ready" : errors;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}
