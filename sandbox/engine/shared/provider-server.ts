import type { Server } from "@grpc/grpc-js";
import type { handleUnaryCall } from "@grpc/grpc-js";
import emptypb from "google-protobuf/google/protobuf/empty_pb.js";
import pluginpb from "@pulumi/pulumi/proto/plugin_pb.js";
import providergrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerpb from "@pulumi/pulumi/proto/provider_pb.js";
import type * as wire from "@pulumi/pulumi/proto/provider_pb.js";
import { EngineLogClient } from "./engine-log.ts";
import { OperationFailed } from "./errors.ts";
import { newServer, unary } from "./grpc.ts";
import { engineAddressFrom, runPluginProcess } from "./plugin-process.ts";
import type { PluginLife } from "./plugin-process.ts";
import { fromStruct, toStruct } from "./property-marshalling.ts";
import {
  checkRequest,
  checkResponse,
  diffRequest,
  diffResponse,
  failureList,
  identity,
} from "./provider-messages.ts";
import type * as api from "./provider.ts";
import { redactedProvider } from "./redacted-provider.ts";

/** Runs a provider plugin: `await serveProvider(provider)` is the last line of its main file. */
export async function serveProvider(provider: api.Provider): Promise<void> {
  const { server, life } = createProviderServer(provider, engineAddressFrom(process.argv.slice(2)));
  await runPluginProcess(server, life);
}

/** Only the gRPC side, for tests. */
export function createProviderServer(
  given: api.Provider,
  engineAddress: string,
): { server: Server; life: PluginLife } {
  const provider = redactedProvider(given);
  const cancellation = new AbortController();
  let log = new EngineLogClient(engineAddress);
  let running = 0;

  /** A handler that runs as an operation: counted, cancelable, with its log lines delivered before its response. */
  function operation<Request, Response>(
    urnOf: (request: Request) => string,
    handler: (request: Request, operation: api.Operation) => Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    return unary(async (request) => {
      running++;
      try {
        return await handler(request, { signal: cancellation.signal, log: log.for(urnOf(request)) });
      } finally {
        await log.flush();
        running--;
      }
    });
  }
  const resourceOperation = <Request extends { getUrn(): string }, Response>(
    handler: (request: Request, operation: api.Operation) => Promise<Response>,
  ) => operation((request: Request) => request.getUrn(), handler);

  const handlers: Partial<IResourceProviderServer> = {
    // Handshake and Configure must both declare it, or secrets arrive as plain values.
    handshake: unary(async () => {
      const response = new providerpb.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setSupportsAutonamingConfiguration(true);
      return Promise.resolve(response);
    }),
    attach: unary(async (request: InstanceType<typeof pluginpb.PluginAttach>) => {
      log.close();
      log = new EngineLogClient(request.getAddress());
      return Promise.resolve(new emptypb.Empty());
    }),
    getPluginInfo: unary(async () => {
      const response = new pluginpb.PluginInfo();
      response.setVersion(provider.version);
      return Promise.resolve(response);
    }),
    getSchema: unary(async () => {
      const response = new providerpb.GetSchemaResponse();
      response.setSchema(
        provider.schema ?? JSON.stringify({ name: provider.name, version: provider.version }),
      );
      return Promise.resolve(response);
    }),
    cancel: unary(async () => {
      cancellation.abort(new OperationFailed("canceled", "the operation was canceled"));
      return Promise.resolve(new emptypb.Empty());
    }),

    configure: operation(
      (request: wire.ConfigureRequest) => request.getUrn() ?? "",
      async (request, op) => {
        await provider.configure?.(fromStruct(request.getArgs()), op);
        const response = new providerpb.ConfigureResponse();
        response.setAcceptsecrets(true);
        response.setSupportspreview(true);
        response.setSupportsAutonamingConfiguration(true);
        return response;
      },
    ),
    checkConfig: resourceOperation(async (request: wire.CheckRequest, op) => {
      const checked = checkRequest(request);
      const result = (await provider.checkConfig?.(checked, op)) ?? { inputs: checked.inputs };
      // The engine sends secrets as plain values here, so no property may be shown.
      return checkResponse(result, "all");
    }),
    check: resourceOperation(async (request: wire.CheckRequest, op) => {
      const checked = checkRequest(request);
      return checkResponse(await provider.check(checked, op), checked.inputs);
    }),
    diffConfig: resourceOperation(async (request: wire.DiffRequest, op) => {
      if (!provider.diffConfig) throw new OperationFailed("unimplemented", "DiffConfig is not implemented");
      return diffResponse(await provider.diffConfig(diffRequest(request), op));
    }),
    diff: resourceOperation(async (request: wire.DiffRequest, op) =>
      diffResponse(await provider.diff(diffRequest(request), op)),
    ),
    create: resourceOperation(async (request: wire.CreateRequest, op) => {
      const { id, outputs } = await provider.create(
        {
          ...identity(request),
          inputs: fromStruct(request.getProperties()),
          preview: request.getPreview(),
          timeoutSeconds: request.getTimeout() || undefined,
        },
        op,
      );
      const response = new providerpb.CreateResponse();
      response.setId(id);
      response.setProperties(toStruct(outputs));
      return response;
    }),
    read: resourceOperation(async (request: wire.ReadRequest, op) => {
      const result = await provider.read(
        {
          ...identity(request),
          id: request.getId(),
          oldInputs: fromStruct(request.getInputs()),
          oldOutputs: fromStruct(request.getProperties()),
        },
        op,
      );
      const response = new providerpb.ReadResponse();
      if (result) {
        response.setId(result.id);
        response.setProperties(toStruct(result.outputs));
        response.setInputs(toStruct(result.inputs));
      }
      return response;
    }),
    update: resourceOperation(async (request: wire.UpdateRequest, op) => {
      const outputs = await provider.update(
        {
          ...diffRequest(request),
          preview: request.getPreview(),
          timeoutSeconds: request.getTimeout() || undefined,
        },
        op,
      );
      const response = new providerpb.UpdateResponse();
      response.setProperties(toStruct(outputs));
      return response;
    }),
    delete: resourceOperation(async (request: wire.DeleteRequest, op) => {
      await provider.delete(
        {
          ...identity(request),
          id: request.getId(),
          oldInputs: fromStruct(request.getOldInputs()),
          oldOutputs: fromStruct(request.getProperties()),
          timeoutSeconds: request.getTimeout() || undefined,
        },
        op,
      );
      return new emptypb.Empty();
    }),
    invoke: operation(
      () => "",
      async (request: wire.InvokeRequest, op) => {
        const token = request.getTok();
        if (!provider.invoke) {
          throw new OperationFailed(
            "unimplemented",
            `the ${provider.name} provider has no function ${token}`,
          );
        }
        const inputs = fromStruct(request.getArgs());
        const result = await provider.invoke({ token, inputs, preview: request.getPreview() }, op);
        const response = new providerpb.InvokeResponse();
        response.setReturn(toStruct(result.outputs));
        response.setFailuresList(failureList(result.failures, inputs));
        return response;
      },
    ),
  };

  const server = newServer();
  // Unsupported methods (Call, Construct, Parameterize, List, mappings) return UNIMPLEMENTED, as the engine expects.
  server.addService(providergrpc.ResourceProviderService, handlers as IResourceProviderServer);
  return { server, life: { canceled: () => cancellation.signal.aborted, idle: () => running === 0 } };
}
