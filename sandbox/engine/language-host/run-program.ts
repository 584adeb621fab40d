import { createRequire } from "node:module";
import { join } from "node:path";
import type * as wire from "@pulumi/pulumi/proto/language_pb.js";
import { fromStruct } from "../shared/property-marshalling.ts";
import type { Ending } from "./child-processes.ts";
import { parseRuntimeOptions } from "./options.ts";

/** The SDK's exit code for a failure that it has already reported. */
const EXIT_CODE_ALREADY_REPORTED = 32;

/** How to start the node process that runs a program, or a policy pack. */
export interface NodeCommand {
  readonly args: string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export function programCommand(request: wire.RunRequest, engineAddress: string): NodeCommand {
  const info = programInfo(request);
  const cwd = info.getProgramDirectory();
  const options = parseRuntimeOptions(fromStruct(info.getOptions()));
  const flags: Record<string, string> = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info.getRootDirectory(),
    stack: request.getStack(),
    pwd: cwd,
    parallel: String(request.getParallel()),
  };
  return {
    args: [
      ...options.nodeArgs,
      resolveFrom(cwd, "@pulumi/pulumi/cmd/run"),
      ...Object.entries(flags).flatMap(([flag, value]) => (value === "" ? [] : [`--${flag}`, value])),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      info.getEntryPoint(),
      ...request.getArgsList(),
    ],
    cwd,
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    },
  };
}

export function policyPackCommand(request: wire.RunPluginRequest): NodeCommand {
  const info = programInfo(request);
  const cwd = info.getProgramDirectory();
  const options = parseRuntimeOptions(fromStruct(info.getOptions()));
  return {
    args: [
      ...options.nodeArgs,
      resolveFrom(cwd, "@pulumi/pulumi/cmd/run-policy-pack"),
      ...request.getArgsList(),
      cwd,
    ],
    cwd,
    env: {
      ...Object.fromEntries(request.getEnvList().map((line) => splitOnce(line, "="))),
      ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    },
  };
}

/** `bail` = stop without another message. */
export function describeEnding({ code, signal }: Ending): { error: string; bail: boolean } {
  if (code === 0) return { error: "", bail: false };
  if (code === EXIT_CODE_ALREADY_REPORTED) return { error: "", bail: true };
  if (code !== null) return { error: `Program exited with non-zero exit code: ${code}`, bail: false };
  const hint =
    signal === "SIGABRT"
      ? " (out of memory? give it more with `nodeargs: --max-old-space-size=4096` under runtime.options in Pulumi.yaml)"
      : "";
  return { error: `Program was ended by signal ${signal ?? "unknown"}${hint}`, bail: false };
}

export function programInfo(request: { getInfo(): wire.ProgramInfo | undefined }): wire.ProgramInfo {
  const info = request.getInfo();
  if (!info) throw new Error("the engine sent no program info: is it older than 3.100?");
  return info;
}

function resolveFrom(directory: string, module: string): string {
  try {
    return createRequire(join(directory, "index.js")).resolve(module);
  } catch {
    throw new Error(`${module} is not installed for the program in ${directory}: run \`npm ci\` there`);
  }
}

function splitOnce(line: string, separator: string): [string, string] {
  const index = line.indexOf(separator);
  return index < 0 ? [line, ""] : [line.slice(0, index), line.slice(index + separator.length)];
}
