import { Client, credentials, status } from "@grpc/grpc-js";
import type { MethodDefinition, Server, ServiceError } from "@grpc/grpc-js";
import enginegrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { IEngineServer } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import providergrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerpb from "@pulumi/pulumi/proto/provider_pb.js";
import statuspb from "@pulumi/pulumi/proto/status_pb.js";
import { expect } from "chai";
import emptypb from "google-protobuf/google/protobuf/empty_pb.js";
import { OperationFailed, PartiallyDone } from "../../../../../sandbox/engine/shared/errors.ts";
import { GRPC_OPTIONS, listen, newServer, unary } from "../../../../../sandbox/engine/shared/grpc.ts";
import type { PluginLife } from "../../../../../sandbox/engine/shared/plugin-process.ts";
import { engineAddressFrom } from "../../../../../sandbox/engine/shared/plugin-process.ts";
import { fromStruct, toStruct } from "../../../../../sandbox/engine/shared/property-marshalling.ts";
import { Secret, unknown } from "../../../../../sandbox/engine/shared/property-values.ts";
import { createProviderServer } from "../../../../../sandbox/engine/shared/provider-server.ts";
import type { Provider } from "../../../../../sandbox/engine/shared/provider.ts";

const provider = providergrpc.ResourceProviderService;
const URN = "urn:pulumi:dev::project::test:index:Thing::thing";

/** A provider in which every method fails: each test replaces what it is about. */
const notExpected = async (): Promise<never> => Promise.reject(new Error("not expected in this test"));
const bare: Provider = {
  name: "test",
  version: "1.2.3",
  check: notExpected,
  diff: notExpected,
  create: notExpected,
  read: notExpected,
  update: notExpected,
  delete: notExpected,
};

describe("engine: provider server over gRPC", () => {
  const cleanups: (() => void)[] = [];
  let logged: LogRequest.AsObject[] = [];

  afterEach(() => {
    for (const cleanup of cleanups.splice(0)) cleanup();
    logged = [];
  });

  async function start(server: Server): Promise<string> {
    cleanups.push(() => server.forceShutdown());
    return `127.0.0.1:${await listen(server)}`;
  }

  /** An engine that only listens to log lines, and a client of the provider, as the engine has. */
  async function connect(methods: Partial<Provider>): Promise<{ client: Client; life: PluginLife }> {
    const engine = newServer();
    engine.addService(enginegrpc.EngineService, {
      log: unary(async (request: LogRequest) => {
        logged.push(request.toObject());
        return Promise.resolve(new emptypb.Empty());
      }),
    } as Partial<IEngineServer> as IEngineServer);
    const { server, life } = createProviderServer({ ...bare, ...methods }, await start(engine));
    const client = new Client(await start(server), credentials.createInsecure(), GRPC_OPTIONS);
    cleanups.push(() => client.close());
    return { client, life };
  }

  function call<Request, Response>(
    client: Client,
    method: MethodDefinition<Request, Response>,
    request: Request,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = method;
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, response) => {
        if (response) resolve(response);
        else reject(error ?? new Error("no response"));
      });
    });
  }

  const failure = async (promise: Promise<unknown>): Promise<ServiceError> =>
    promise.then(
      () => expect.fail("the call should have failed"),
      (error: unknown) => error as ServiceError,
    );

  function createRequest(): InstanceType<typeof providerpb.CreateRequest> {
    const request = new providerpb.CreateRequest();
    request.setUrn(URN);
    request.setType("test:index:Thing");
    request.setName("thing");
    request.setProperties(toStruct({ a: 1, secret: new Secret("s"), later: unknown }));
    return request;
  }

  it("declares support for secrets in Handshake and in Configure", async () => {
    const { client } = await connect({});
    const handshake = await call(client, provider.handshake, new providerpb.ProviderHandshakeRequest());
    expect(handshake.getAcceptSecrets()).to.be.true;
    const configured = await call(client, provider.configure, new providerpb.ConfigureRequest());
    expect(configured.getAcceptsecrets()).to.be.true;
    expect(configured.getSupportspreview()).to.be.true;
  });

  it("returns UNIMPLEMENTED for unsupported methods", async () => {
    const { client } = await connect({});
    const error = await failure(call(client, provider.parameterize, new providerpb.ParameterizeRequest()));
    expect(error.code).to.equal(status.UNIMPLEMENTED);
    expect((await failure(call(client, provider.diffConfig, new providerpb.DiffRequest()))).code).to.equal(
      status.UNIMPLEMENTED,
    );
  });

  it("hands a create through with its markers, and its result back", async () => {
    const { client } = await connect({
      create: async (request) =>
        Promise.resolve({ id: "id-1", outputs: { ...request, signal: undefined } as never }),
    });
    const request = createRequest();
    request.setPreview(true);
    request.setTimeout(7);
    const response = await call(client, provider.create, request);
    expect(response.getId()).to.equal("id-1");
    expect(fromStruct(response.getProperties())).to.deep.equal({
      urn: URN,
      type: "test:index:Thing",
      name: "thing",
      inputs: { a: 1, secret: new Secret("s"), later: unknown },
      preview: true,
      timeoutSeconds: 7,
    });
  });

  it("distinguishes a deleted resource from an existing one", async () => {
    const { client } = await connect({
      read: async ({ id }) =>
        Promise.resolve(id === "gone" ? undefined : { id, inputs: { a: 1 }, outputs: { b: 2 } }),
    });
    const request = new providerpb.ReadRequest();
    request.setId("there");
    const there = await call(client, provider.read, request);
    expect([there.getId(), fromStruct(there.getInputs()), fromStruct(there.getProperties())]).to.deep.equal([
      "there",
      { a: 1 },
      { b: 2 },
    ]);
    request.setId("gone");
    expect((await call(client, provider.read, request)).getId()).to.equal("");
  });

  it("reports a half-done create with its id, outputs and reasons, so that the engine keeps it", async () => {
    const state = {
      id: "id-1",
      outputs: { a: new Secret(1) },
      inputs: { b: 2 },
      reasons: ["not ready", "still not"],
    };
    const { client } = await connect({ create: async () => Promise.reject(new PartiallyDone(state)) });
    const error = await failure(call(client, provider.create, createRequest()));
    const [bytes] = error.metadata.get("grpc-status-details-bin");
    const [detail] = statuspb.Status.deserializeBinary(bytes as Buffer).getDetailsList();
    expect(detail?.getTypeName()).to.equal("pulumirpc.ErrorResourceInitFailed");
    const init = providerpb.ErrorResourceInitFailed.deserializeBinary(
      detail?.getValue_asU8() ?? new Uint8Array(),
    );
    expect([init.getId(), init.getReasonsList()]).to.deep.equal([state.id, state.reasons]);
    expect(fromStruct(init.getProperties())).to.deep.equal(state.outputs);
    expect(fromStruct(init.getInputs())).to.deep.equal(state.inputs);
  });

  it("distinguishes 'nothing was changed' from 'state unknown'", async () => {
    const errors = [new OperationFailed("denied", "no right to do that"), new TypeError("a defect")];
    const { client } = await connect({ delete: async () => Promise.reject(errors.shift() ?? new Error()) });
    const known = await failure(call(client, provider.delete, new providerpb.DeleteRequest()));
    expect([known.code, known.details]).to.deep.equal([status.PERMISSION_DENIED, "no right to do that"]);
    const defect = await failure(call(client, provider.delete, new providerpb.DeleteRequest()));
    expect(defect.code).to.equal(status.UNKNOWN);
    expect(defect.details).to.match(/^TypeError: a defect\n +at /);
  });

  describe("shows no secret", () => {
    const password = "Zq8-kT3_vLx0mWp5";
    const withPassword = new providerpb.CreateRequest();
    withPassword.setProperties(
      toStruct({ stringData: new Secret({ password, user: "postgres" }), name: "postgres-login" }),
    );

    it("of the resource in what it logs and in how it fails, cut or not", async () => {
      const { client } = await connect({
        create: async (_, { log }) => {
          log.status(`is ${password.slice(0, 9)}`);
          log.warn(`Invalid value: "${password}"`);
          const reasons = [`"postgres" has ${Buffer.from(password).toString("base64")}`, "not ready"];
          return Promise.reject(new PartiallyDone({ id: "1", outputs: {}, reasons }));
        },
      });
      const { details } = await failure(call(client, provider.create, withPassword));
      expect(details).to.equal('"[secret]" has [secret]; not ready');
      expect(logged.map(({ message }) => message)).to.deep.equal([
        "is [secret]",
        'Invalid value: "[secret]"',
      ]);
    });

    it("of a kubeconfig, but its cluster and its names", async () => {
      const user = { name: "poor-user-name", user: { token: password } };
      const cluster = { name: "a-long-cluster-name", cluster: { server: "https://10.0.0.1:6443" } };
      const configure = new providerpb.ConfigureRequest();
      configure.setArgs(
        toStruct({ kubeconfig: new Secret(JSON.stringify({ clusters: [cluster], users: [user] })) }),
      );
      const { client } = await connect({
        configure: async () =>
          Promise.reject(
            new Error(`poor-user-name with ${password} of a-long-cluster-name at https://10.0.0.1:6443`),
          ),
      });
      const { details } = await failure(call(client, provider.configure, configure));
      expect(details).to.match(
        /^Error: poor-user-name with \[secret\] of a-long-cluster-name at https:\/\/10.0.0.1:6443\n/,
      );
    });

    it("of another resource, but names that others have, too", async () => {
      const { client } = await connect({
        create: async () =>
          Promise.resolve({ id: "1", outputs: { token: new Secret("read-4rom-the-cluster") } }),
        delete: async () =>
          Promise.reject(new Error(`postgres exited: password=${password}, token read-4rom-the-`)),
        check: async ({ inputs }) =>
          Promise.resolve({ inputs, failures: [{ reason: `postgres-login: ${password}` }] }),
      });
      await call(client, provider.create, withPassword);
      const { details } = await failure(call(client, provider.delete, new providerpb.DeleteRequest()));
      expect(details).to.match(/^Error: postgres exited: password=\[secret\], token \[secret\]\n/);
      const checked = await call(client, provider.check, new providerpb.CheckRequest());
      expect(checked.getFailuresList().map((each) => each.getReason())).to.deep.equal([
        "postgres-login: [secret]",
      ]);
    });
  });

  it("never names a property with a secret value in a failure: the CLI would print the value", async () => {
    const failures = [
      { property: "password.part[0]", reason: "too short" },
      { property: "name", reason: "too long" },
    ];
    const { client } = await connect({
      check: async ({ inputs }) => Promise.resolve({ inputs, failures }),
      checkConfig: async ({ inputs }) => Promise.resolve({ inputs, failures }),
    });
    const request = new providerpb.CheckRequest();
    request.setNews(toStruct({ password: { part: [new Secret("s3cret")] }, name: "n" }));
    const list = (response: InstanceType<typeof providerpb.CheckResponse>) =>
      response.getFailuresList().map((entry) => [entry.getProperty(), entry.getReason()]);
    expect(list(await call(client, provider.check, request))).to.deep.equal([
      ["", "password.part[0]: too short"],
      ["name", "too long"],
    ]);
    // In CheckConfig it is unknown what is secret.
    expect(list(await call(client, provider.checkConfig, request))).to.deep.equal([
      ["", "password.part[0]: too short"],
      ["", "name: too long"],
    ]);
  });

  it("delivers log lines with the resource that they are about, before the answer", async () => {
    const { client } = await connect({
      create: async (_request, { log }) => {
        log.warn("look out");
        log.status("waiting");
        return Promise.resolve({ id: "id", outputs: {} });
      },
    });
    await call(client, provider.create, createRequest());
    expect(
      logged.map(({ urn, severity, message, ephemeral }) => [urn, severity, message, ephemeral]),
    ).to.deep.equal([
      [URN, 2, "look out", false],
      [URN, 1, "waiting", true],
    ]);
  });

  it("aborts what is under way when the engine cancels, and is idle only when that has ended", async () => {
    let started = (): void => undefined;
    const isRunning = new Promise<void>((resolve) => (started = resolve));
    const { client, life } = await connect({
      create: async (_request, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
          started();
        }),
    });
    const create = failure(call(client, provider.create, createRequest()));
    await isRunning;
    expect([life.canceled(), life.idle()]).to.deep.equal([false, false]);
    await call(client, provider.cancel, new emptypb.Empty());
    expect((await create).code).to.equal(status.CANCELLED);
    expect([life.canceled(), life.idle()]).to.deep.equal([true, true]);
  });

  it("carries more than gRPC's usual 4 MB", async () => {
    const { client } = await connect({
      create: async ({ inputs }) => Promise.resolve({ id: "id", outputs: inputs }),
    });
    const request = createRequest();
    request.setProperties(toStruct({ big: "x".repeat(5_000_000) }));
    const response = await call(client, provider.create, request);
    expect(fromStruct(response.getProperties())["big"]).to.have.length(5_000_000);
  }).timeout(30_000);

  it("encodes a diff", async () => {
    const { client } = await connect({
      diff: async () =>
        Promise.resolve({
          changes: true,
          changedKeys: ["a"],
          replaceKeys: ["a"],
          deleteBeforeReplace: true,
          detailedDiff: { "a.b[0]": { kind: "update-replace", inputDiff: false } },
        }),
    });
    const response = (await call(client, provider.diff, new providerpb.DiffRequest())).toObject();
    expect(response).to.deep.include({
      changes: 2,
      diffsList: ["a"],
      replacesList: ["a"],
      deletebeforereplace: true,
      hasdetaileddiff: true,
      detaileddiffMap: [["a.b[0]", { kind: 5, inputdiff: false }]],
    });
  });
});

describe("engine: how a plugin is started", () => {
  const cases: [string[], string][] = [
    [["127.0.0.1:1"], "127.0.0.1:1"],
    [["--logtostderr", "-v=9", "--tracing", "file:./t", "127.0.0.1:1"], "127.0.0.1:1"],
  ];
  for (const [args, address] of cases) {
    it(`finds the engine's address in: ${args.join(" ")}`, () => {
      expect(engineAddressFrom(args)).to.equal(address);
    });
  }

  it("refuses to be started by hand", () => {
    expect(() => engineAddressFrom([])).to.throw("not by hand");
  });
});
