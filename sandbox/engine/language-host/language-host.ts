import type { handleServerStreamingCall, Server } from "@grpc/grpc-js";
import emptypb from "google-protobuf/google/protobuf/empty_pb.js";
import languagegrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languagepb from "@pulumi/pulumi/proto/language_pb.js";
import type * as wire from "@pulumi/pulumi/proto/language_pb.js";
import pluginpb from "@pulumi/pulumi/proto/plugin_pb.js";
import pulumiPackage from "@pulumi/pulumi/package.json" with { type: "json" };
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { EngineLogClient } from "../shared/engine-log.ts";
import { OperationFailed, toGrpcFailure } from "../shared/errors.ts";
import { newServer, unary } from "../shared/grpc.ts";
import type { PluginLife } from "../shared/plugin-process.ts";
import { ChildProcesses } from "./child-processes.ts";
import { installedPackages, requiredPlugins } from "./packages.ts";
import { describeEnding, policyPackCommand, programCommand, programInfo } from "./run-program.ts";

/** Printed at the start of each program run, so that users recognize the sandbox's engine. */
const NOTICE =
  "sandbox stand-ins at work: nodejs language host, random, kubernetes (official plugins are not installed)";

/**
 * Stands in for `pulumi-language-nodejs`, which no package registry has. It starts the program with the
 * node that runs this file, so a machine with an old system Node works too.
 */
export function createLanguageHost(engineAddress: string): { server: Server; life: PluginLife } {
  const children = new ChildProcesses();
  const log = new EngineLogClient(engineAddress);
  let canceled = false;

  const handlers: Partial<ILanguageRuntimeServer> = {
    handshake: unary(async () => Promise.resolve(new languagepb.LanguageHandshakeResponse())),
    getPluginInfo: unary(async () => {
      const response = new pluginpb.PluginInfo();
      response.setVersion(pulumiPackage.version);
      return Promise.resolve(response);
    }),
    runtimeOptionsPrompts: unary(async () => Promise.resolve(new languagepb.RuntimeOptionsResponse())),
    template: unary(async () => Promise.resolve(new languagepb.TemplateResponse())),
    about: unary(async () => {
      const response = new languagepb.AboutResponse();
      response.setExecutable(process.execPath);
      response.setVersion(process.version);
      return Promise.resolve(response);
    }),
    cancel: unary(async () => {
      canceled = true;
      children.killAll();
      return Promise.resolve(new emptypb.Empty());
    }),

    getRequiredPackages: unary(async (request: wire.GetRequiredPackagesRequest) => {
      const response = new languagepb.GetRequiredPackagesResponse();
      for (const { name, version } of requiredPlugins(programInfo(request).getProgramDirectory())) {
        const dependency = new pluginpb.PackageDependency();
        dependency.setKind("resource");
        dependency.setName(name);
        dependency.setVersion(version);
        response.addPackages(dependency);
      }
      return Promise.resolve(response);
    }),
    getProgramDependencies: unary(async (request: wire.GetProgramDependenciesRequest) => {
      const response = new languagepb.GetProgramDependenciesResponse();
      for (const installed of installedPackages(programInfo(request).getProgramDirectory())) {
        if (!installed.direct && !request.getTransitivedependencies()) continue;
        const dependency = new languagepb.DependencyInfo();
        dependency.setName(installed.name);
        dependency.setVersion(installed.version);
        response.addDependencies(dependency);
      }
      return Promise.resolve(response);
    }),

    run: unary(async (request: wire.RunRequest, call) => {
      const response = new languagepb.RunResponse();
      try {
        const { args, cwd, env } = programCommand(request, engineAddress);
        log.for("").info(NOTICE);
        const ending = await children.run(
          process.execPath,
          args,
          { cwd, env, stdio: ["ignore", "inherit", "inherit"] },
          (child) => call.on("cancelled", () => child.kill("SIGKILL")),
        );
        const { error, bail } = describeEnding(ending);
        response.setError(error);
        response.setBail(bail);
      } catch (error) {
        response.setError(error instanceof Error ? error.message : String(error));
      }
      await log.flush();
      return response;
    }),
    runPlugin: streaming(async (request: wire.RunPluginRequest, call) => {
      if (request.getKind() !== "analyzer") {
        throw new OperationFailed(
          "unimplemented",
          `the sandbox's nodejs language host runs programs and policy packs, but no ${request.getKind()} plugins`,
        );
      }
      const { args, cwd, env } = policyPackCommand(request);
      const ending = await children.run(process.execPath, args, { cwd, env }, (child) => {
        child.stdout?.on("data", (chunk: Uint8Array) => call.write(output("stdout", chunk)));
        child.stderr?.on("data", (chunk: Uint8Array) => call.write(output("stderr", chunk)));
        call.on("cancelled", () => child.kill("SIGKILL"));
      });
      const last = new languagepb.RunPluginResponse();
      last.setExitcode(ending.code ?? 1);
      call.write(last);
    }),
    installDependencies: streaming(async (request: wire.InstallDependenciesRequest, call) => {
      const cwd = programInfo(request).getProgramDirectory();
      const command = existsSync(join(cwd, "package-lock.json")) ? "ci" : "install";
      // npm starts `node` from PATH, so this Node comes first.
      const env = { ...process.env, PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) };
      const { code } = await children.run(
        "npm",
        [command, "--ignore-scripts", "--no-audit", "--no-fund"],
        { cwd, env },
        (child) => {
          const write = (chunk: Uint8Array) => {
            const response = new languagepb.InstallDependenciesResponse();
            response.setStdout(chunk);
            call.write(response);
          };
          child.stdout?.on("data", write);
          child.stderr?.on("data", write);
        },
      );
      if (code !== 0)
        throw new OperationFailed("invalid", `\`npm ${command}\` failed in ${cwd}: see its output above`);
    }),
  };

  const server = newServer();
  // Unsupported methods (code generation, Pack, Link) return UNIMPLEMENTED, as does the empty method with which the engine
  // checks whether this host is alive.
  server.addService(languagegrpc.LanguageRuntimeService, handlers as ILanguageRuntimeServer);
  return {
    server,
    life: { canceled: () => canceled, idle: () => children.size === 0, beforeExit: () => children.killAll() },
  };
}

function streaming<Request, Response>(
  handler: (
    request: Request,
    call: Parameters<handleServerStreamingCall<Request, Response>>[0],
  ) => Promise<void>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    handler(call.request, call).then(
      () => call.end(),
      (error: unknown) => call.emit("error", toGrpcFailure(error)), // `destroy` would send no status at all.
    );
  };
}

function output(stream: "stdout" | "stderr", chunk: Uint8Array): wire.RunPluginResponse {
  const response = new languagepb.RunPluginResponse();
  if (stream === "stdout") response.setStdout(chunk);
  else response.setStderr(chunk);
  return response;
}
