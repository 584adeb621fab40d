import { statfsSync } from "node:fs";
import { homedir } from "node:os";
import { chooseEngine, missingForOfficial, probeEngine } from "../engine-choice.ts";
import { checkout } from "../paths.ts";
import { toolsStatus } from "../tools/ensure.ts";
import type { Context } from "./context.ts";
import { CommandError, exitCodes } from "./errors.ts";
import { capture } from "./run.ts";
import { recordedEngine } from "./stack-state.ts";
import { renderTable } from "./table.ts";

export interface Finding {
  readonly what: string;
  /** "missing" stops `make up`; "optional" does not. */
  readonly state: "ok" | "missing" | "optional";
  readonly detail: string;
  readonly fix?: string;
}

const marks = { ok: "ok", missing: "MISSING", optional: "-" } as const;

export function renderFindings(findings: readonly Finding[]): string {
  const lines = renderTable(
    ["", "WHAT", "FOUND"],
    findings.map(({ what, state, detail }) => [marks[state], what, detail]),
  ).split("\n");
  const fixes = findings.map(({ fix }) => (fix === undefined ? [] : [`         fix: ${fix}`]));
  return lines.flatMap((line, row) => [line, ...(fixes[row - 1] ?? [])]).join("\n");
}

const tilde = (path: string): string =>
  path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path;

/** The version that a program prints, or how to install the program. */
async function program(
  name: string,
  args: readonly string[],
  fix: string,
  environment: NodeJS.ProcessEnv,
): Promise<Finding> {
  try {
    const done = await capture(name, args, { env: environment });
    const [firstLine = ""] = done.stdout.split("\n");
    if (done.code === 0) return { what: name, state: "ok", detail: firstLine };
    return { what: name, state: "missing", detail: `exits with ${done.code}: ${done.stderr.trim()}`, fix };
  } catch {
    return { what: name, state: "missing", detail: "not on PATH", fix };
  }
}

async function tools(context: Context): Promise<Finding[]> {
  try {
    const { go, tools: all, problems } = await toolsStatus(context.environment);
    return [
      ...problems.map((problem): Finding => ({ what: "go", state: "missing", detail: go, fix: problem })),
      ...(problems.length > 0 ? [] : [{ what: "go", state: "ok", detail: go } as const]),
      ...all.map(({ name, version, built, bin }): Finding =>
        built
          ? { what: `tool ${name}`, state: "ok", detail: `${version} in ${tilde(bin)}` }
          : { what: `tool ${name}`, state: "optional", detail: `${version}, not built yet` },
      ),
    ];
  } catch (error) {
    // Without Go the versions of the tools are unknown.
    const fix = error instanceof Error ? error.message : String(error);
    return [{ what: "go", state: "missing", detail: "not usable", fix }];
  }
}

function engine(context: Context): Finding[] {
  const probe = probeEngine(checkout, context.environment, recordedEngine(context));
  const missing = missingForOfficial(probe).map(({ name, fix }): Finding => ({
    what: name,
    state: "optional",
    detail: "not installed; for the official engine",
    fix,
  }));
  try {
    const { kind, reason } = chooseEngine(probe);
    return [{ what: "engine", state: "ok", detail: `${kind}: ${reason}` }, ...missing];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { message: detail, fix = "" } = error;
    return [{ what: "engine", state: "missing", detail, fix }, ...missing];
  }
}

function disk(): Finding {
  const { bavail, bsize } = statfsSync(homedir());
  return {
    what: "disk",
    state: "ok",
    detail: `${((bavail * bsize) / 1e9).toFixed(0)} GB free in ${homedir()}`,
  };
}

/** Shows whether this machine has what `make up` needs. Fails only if something required is missing. */
export async function doctor(context: Context): Promise<number> {
  const findings: Finding[] = [
    { what: "node", state: "ok", detail: `${process.version} in ${tilde(process.execPath)}` },
    await program("npm", ["--version"], "install npm", context.environment),
    await program("make", ["--version"], "install make", context.environment),
    disk(),
    ...(await tools(context)),
    ...engine(context),
  ];
  process.stdout.write(`${renderFindings(findings)}\n`);
  const missing = findings.filter(({ state }) => state === "missing");
  if (missing.length === 0) return exitCodes.done;
  throw new CommandError(`${missing.map(({ what }) => what).join(", ")}: needed by \`make up\``, {
    fix: "see the rows marked MISSING",
  });
}
