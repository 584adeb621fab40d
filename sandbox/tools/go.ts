// The Go toolchain of this machine.
import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { toolModules } from "../paths.ts";
import { lastLines } from "../redact/output.ts";

export interface Go {
  /** In Go's format: `go1.26.8`. */
  readonly version: string;
  readonly platform: string;
  /** Its module and build caches. */
  readonly caches: readonly string[];
}

// Only the compiler of this machine, exactly the modules of go.sum, no C libraries, and no workspace of the user, so that
// the result depends only on the inputs of the key.
export const buildSettings = {
  GOTOOLCHAIN: "local",
  GOWORK: "off",
  GOFLAGS: "-mod=readonly -buildvcs=false",
  CGO_ENABLED: "0",
};

const howToGetGo =
  "The sandbox builds its tools from their Go modules. Install a current Go (go.dev), " +
  "put its bin folder on PATH, and run the command again.";

export async function findGo(env: NodeJS.ProcessEnv): Promise<Go> {
  const names = ["GOVERSION", "GOOS", "GOARCH", "GOMODCACHE", "GOCACHE"];
  let stdout: string;
  try {
    // In a folder without go.mod, because a module that requires a newer Go makes even `go env` fail.
    ({ stdout } = await promisify(execFile)("go", ["env", "-json", ...names], {
      env: { ...env, ...buildSettings },
      cwd: toolModules,
    }));
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new Error(
      `${missing ? "`go` is not on PATH" : `\`go env\` failed: ${String(error)}`}. ${howToGetGo}`,
    );
  }
  const found = JSON.parse(stdout) as Record<string, string>;
  const value = (name: string): string => found[name] ?? "";
  return {
    version: value("GOVERSION"),
    platform: `${value("GOOS")}/${value("GOARCH")}`,
    caches: [value("GOMODCACHE"), value("GOCACHE")],
  };
}

/** Why this Go cannot build a module that requires `oldestGo`, or undefined if it can. */
export function goProblem(go: Go, oldestGo: string): string | undefined {
  const numbers = (version: string): number[] => (version.match(/\d+/g) ?? []).map(Number);
  const [found, needed] = [numbers(go.version), numbers(oldestGo)];
  const difference = needed.map((part, i) => (found[i] ?? 0) - part).find((part) => part !== 0) ?? 0;
  return difference < 0
    ? `Go ${oldestGo} or newer is required; this is ${go.version}. ${howToGetGo}`
    : undefined;
}

/** For a build with C libraries under `root` instead of `/`. */
export function librarySettings(root: string): Record<string, string> {
  const libraries = join(root, "usr", "lib", `${machineOf[process.arch] ?? process.arch}-linux-gnu`);
  return {
    CGO_ENABLED: "1",
    CGO_CFLAGS: `-O2 -I${join(root, "usr", "include")}`,
    CGO_LDFLAGS: `-L${libraries}`,
    PKG_CONFIG_PATH: join(libraries, "pkgconfig"),
  };
}

const machineOf: Partial<Record<NodeJS.Architecture, string>> = { x64: "x86_64", arm64: "aarch64" };

export interface GoFailure {
  readonly reason: string;
  readonly lastLines: readonly string[];
}

const keptLines = 20;

/** Runs `go` in a module's folder. @returns the failure, or undefined */
export function runGo(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  librarySettings: Readonly<Record<string, string>> = {},
): Promise<GoFailure | undefined> {
  return new Promise((settle) => {
    const child = spawn("go", args, {
      cwd,
      env: { ...env, ...buildSettings, ...librarySettings },
      stdio: ["ignore", "ignore", "pipe"],
    });
    // An interrupted command must not leave a compiler behind.
    const interrupt = (): void => void child.kill("SIGINT");
    process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    const finish = (reason: string | undefined): void => {
      process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
      settle(reason === undefined ? undefined : { reason, lastLines: lastLines(errors.trim(), keptLines) });
    };
    child.on("error", (error) => finish(error.message));
    child.on("close", (code, signal) =>
      finish(code === 0 ? undefined : `go exited with ${signal ?? `exit code ${code ?? "?"}`}`),
    );
  });
}
