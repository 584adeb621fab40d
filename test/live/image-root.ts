import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type BuiltRecipe, imageStore, unpackLayers } from "../../sandbox/live/images/build.ts";

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

interface Config {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir?: string;
}

/** A server that listens only on 127.0.0.1 does not answer here, just as it would not answer another pod. */
export const podAddress = "192.0.2.1";

/** What a script in the image did. */
export interface ScriptResult {
  readonly exitCode: number | null;
  readonly out: string;
  readonly errors: string;
}

/**
 * Runs scripts in an image without a container runtime: its layers as a read-only root, its environment and working
 * folder, a network, processes and mounts of its own, no capability, no way to gain one. What the node adds is missing:
 * seccomp, cgroups, volumes.
 */
export class ImageRoot {
  readonly config: Config;
  readonly #folder: string;
  readonly #root: string;

  private constructor(folder: string, root: string, config: Config) {
    this.#folder = folder;
    this.#root = root;
    this.config = config;
  }

  static async unpack(image: BuiltRecipe): Promise<ImageRoot> {
    const store = imageStore();
    const read = (digest: string): unknown => JSON.parse(readFileSync(store.blobFile(digest), "utf8"));
    const manifest = read(image.digest) as { config: Descriptor; layers: readonly Descriptor[] };
    const { config } = read(manifest.config.digest) as {
      config: Partial<Config> & Pick<Config, "User" | "Env">;
    };
    const folder = mkdtempSync(join(tmpdir(), "llm-platform-image-"));
    const root = await unpackLayers(
      store,
      manifest.layers.map(({ digest, size }) => ({ digest, bytes: size })),
      join(folder, "root"),
    );
    // The kubelet gives each pod one.
    writeFileSync(join(root, "etc/hosts"), "127.0.0.1 localhost\n");
    for (const mountPoint of ["proc", "dev"]) mkdirSync(join(root, mountPoint), { recursive: true });
    return new ImageRoot(folder, root, {
      ...config,
      Entrypoint: config.Entrypoint ?? [],
      Cmd: config.Cmd ?? [],
    });
  }

  /** `writable`: folders that a pod would get as volumes, empty, of the image's user. */
  run(
    script: string,
    writable: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<ScriptResult> {
    const setup = ["ip link set lo up", `ip address add ${podAddress}/32 dev lo`];
    const child = this.#start(["--net"], setup, script, writable, env);
    const collect = (stream: NodeJS.ReadableStream): (() => string) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      return () => Buffer.concat(chunks).toString().trim();
    };
    const [out, errors] = [collect(child.stdout), collect(child.stderr)];
    return new Promise((settle, refuse) => {
      child.on("error", refuse);
      child.on("close", (exitCode) => settle({ exitCode, out: out(), errors: errors() }));
    });
  }

  /** The same with the network of this machine, for a server that tests call: end its process group. */
  serve(
    script: string,
    writable: readonly string[],
    env: Readonly<Record<string, string>>,
  ): ChildProcessByStdio<null, Readable, Readable> {
    return this.#start([], [], script, writable, env);
  }

  #start(
    network: readonly string[],
    networkSetup: readonly string[],
    script: string,
    writable: readonly string[],
    env: Readonly<Record<string, string>>,
  ): ChildProcessByStdio<null, Readable, Readable> {
    const uid = this.config.User;
    const at = (path: string): string => join(this.#root, path);
    const setup = [
      "set -e",
      ...networkSetup,
      `mount --bind ${this.#root} ${this.#root}`,
      `mount -t proc proc ${at("proc")}`,
      `mount --rbind /dev ${at("dev")}`,
      ...writable.flatMap((path) => [
        `mkdir -p ${at(path)}`,
        `mount -t tmpfs -o mode=0770,uid=${uid},gid=${uid} tmpfs ${at(path)}`,
      ]),
      `mount -o remount,bind,ro ${this.#root}`,
      `exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid -- \\`,
      `  chroot --userspec=${uid}:${uid} --groups= ${this.#root} /bin/sh -c "$SCRIPT"`,
    ];
    const pairs = this.config.Env.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]);
    const namespaces = [
      "--mount",
      ...network,
      "--pid",
      "--ipc",
      "--fork",
      "--kill-child",
      "--propagation=private",
    ];
    return spawn("unshare", [...namespaces, "/bin/sh", "-c", setup.join("\n")], {
      env: {
        ...Object.fromEntries(pairs),
        // unshare and mount are programs of this machine: found by its path, which the image's contains.
        ...env,
        SCRIPT: `cd ${this.config.WorkingDir ?? "/"}\n${script}`,
      },
      stdio: ["ignore", "pipe", "pipe"],
      // A server has its own process group: it does not end with `unshare`, because it changes its user.
      detached: network.length === 0,
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Why scripts cannot run in an image on this machine, or nothing. */
export function missingForImageRoot(): string | undefined {
  if (process.getuid?.() !== 0) return "images are run with namespaces of their own, which needs root";
  try {
    execFileSync("unshare", ["--mount", "--net", "--pid", "--fork", "true"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "this machine gives no new namespaces";
  }
}
