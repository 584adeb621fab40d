import { Client, credentials, status } from "@grpc/grpc-js";
import type { Server, ServiceError } from "@grpc/grpc-js";
import languagegrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languagepb from "@pulumi/pulumi/proto/language_pb.js";
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installStandIns } from "../../../../sandbox/engine/install.ts";
import { createLanguageHost } from "../../../../sandbox/engine/language-host/language-host.ts";
import { parseRuntimeOptions, splitWords } from "../../../../sandbox/engine/language-host/options.ts";
import { installedPackages, requiredPlugins } from "../../../../sandbox/engine/language-host/packages.ts";
import {
  describeEnding,
  policyPackCommand,
  programCommand,
} from "../../../../sandbox/engine/language-host/run-program.ts";
import { listen } from "../../../../sandbox/engine/shared/grpc.ts";
import { toStruct } from "../../../../sandbox/engine/shared/property-marshalling.ts";
import type { PropertyMap } from "../../../../sandbox/engine/shared/property-values.ts";

describe("engine: language host", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "engine-language-host-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(file: string, content: unknown): void {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), typeof content === "string" ? content : JSON.stringify(content));
  }
  const npmPackage = (path: string, name: string, version: string, pulumi?: object): void =>
    write(`${path}/package.json`, { name, version, pulumi });

  describe("required plugins", () => {
    const pulumiHome = process.env["PULUMI_HOME"];
    beforeEach(() => (process.env["PULUMI_HOME"] = join(folder, "home")));
    afterEach(() => {
      if (pulumiHome === undefined) delete process.env["PULUMI_HOME"];
      else process.env["PULUMI_HOME"] = pulumiHome;
    });

    it("are those of the program's own dependencies, in the version of the npm package", () => {
      write("package.json", { dependencies: { "@pulumi/random": "*", other: "*" } });
      npmPackage("node_modules/@pulumi/random", "@pulumi/random", "4.21.2", {
        resource: true,
        name: "random",
      });
      npmPackage("node_modules/@pulumi/pulumi", "@pulumi/pulumi", "3.270.0", { comment: "no plugin" });
      npmPackage("node_modules/other", "other", "1.0.0");
      expect(requiredPlugins(folder)).to.deep.equal([{ name: "random", version: "v4.21.2" }]);
    });

    it("are found from a program in a folder below, and through links", () => {
      write("package.json", { devDependencies: { "@acme/pulumi-thing": "*" } });
      npmPackage("elsewhere", "@acme/pulumi-thing", "9.9.9", {
        resource: true,
        name: "thing",
        version: "1.2.3",
      });
      mkdirSync(join(folder, "node_modules/@acme"), { recursive: true });
      symlinkSync(join(folder, "elsewhere"), join(folder, "node_modules/@acme/pulumi-thing"));
      mkdirSync(join(folder, "bin"));
      expect(requiredPlugins(join(folder, "bin"))).to.deep.equal([{ name: "thing", version: "v1.2.3" }]);
    });

    it("of deeper dependencies are demanded only when they are installed", () => {
      write("package.json", { dependencies: { component: "*" } });
      npmPackage("node_modules/component", "component", "1.0.0");
      npmPackage("node_modules/@pulumi/aws", "@pulumi/aws", "7.0.0", { resource: true });
      npmPackage("node_modules/component/node_modules/@pulumi/tls", "@pulumi/tls", "5.0.0", {
        resource: true,
      });
      expect(requiredPlugins(folder)).to.deep.equal([]);
      mkdirSync(join(folder, "home/plugins/resource-tls-v5.0.0"), { recursive: true });
      expect(requiredPlugins(folder)).to.deep.equal([{ name: "tls", version: "v5.0.0" }]);
    });

    it("are none where nothing is installed", () => {
      write("package.json", { dependencies: { "@pulumi/random": "*" } });
      expect(requiredPlugins(folder)).to.deep.equal([]);
    });

    it("count a package once that is nested or linked twice", () => {
      write("package.json", { dependencies: { a: "*" } });
      npmPackage("node_modules/a", "a", "1.0.0");
      symlinkSync(join(folder, "node_modules/a"), join(folder, "node_modules/b"));
      npmPackage("node_modules/a/node_modules/a", "a", "2.0.0");
      expect(
        installedPackages(folder).map(({ name, version, direct }) => [name, version, direct]),
      ).to.deep.equal([
        ["a", "1.0.0", true],
        ["a", "2.0.0", false],
      ]);
    });
  });

  describe("runtime options", () => {
    const lines: [string, string[]][] = [
      ["", []],
      ["  --a   --b=c ", ["--a", "--b=c"]],
      [`--title="two words" 'a b' "it's"`, ["--title=two words", "a b", "it's"]],
      [String.raw`a\ b "c\"d" 'e\f' ''`, ["a b", `c"d`, String.raw`e\f`, ""]],
    ];
    for (const [line, words] of lines) {
      it(`splits <${line}> as a shell would`, () => expect(splitWords(line)).to.deep.equal(words));
    }

    const wrong: [PropertyMap, string][] = [
      [{ nodeargs: 'a "b' }, "unbalanced quotes"],
      [{ nodeargs: 5 }, "nodeargs must be a string"],
      [{ typescript: "false" }, "typescript must be true or false"],
    ];
    for (const [options, message] of wrong) {
      it(`refuses ${JSON.stringify(options)}`, () => {
        expect(() => parseRuntimeOptions(options)).to.throw(message);
      });
    }
  });

  describe("commands", () => {
    function info(options: PropertyMap = {}): InstanceType<typeof languagepb.ProgramInfo> {
      const programInfo = new languagepb.ProgramInfo();
      programInfo.setRootDirectory("/project");
      programInfo.setProgramDirectory(folder);
      programInfo.setEntryPoint("index.ts");
      programInfo.setOptions(toStruct(options));
      return programInfo;
    }
    const installSdk = (): void => {
      write("node_modules/@pulumi/pulumi/cmd/run/index.js", "");
      write("node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js", "");
    };

    it("runs a program with the engine's addresses, its configuration in the environment and not in the arguments", () => {
      installSdk();
      const request = new languagepb.RunRequest();
      request.setInfo(info({ nodeargs: "--max-old-space-size=4096", typescript: false }));
      request.setMonitorAddress("127.0.0.1:1");
      request.setProject("project");
      request.setStack("dev");
      request.setParallel(8);
      request.setDryrun(true);
      request.getConfigMap().set("project:token", "s3cret");
      request.setConfigsecretkeysList(["project:token"]);
      const { args, cwd, env } = programCommand(request, "127.0.0.1:2");
      expect(args).to.deep.equal([
        "--max-old-space-size=4096",
        join(folder, "node_modules/@pulumi/pulumi/cmd/run/index.js"),
        ...["--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--project", "project"],
        ...["--root-directory", "/project", "--stack", "dev", "--pwd", folder, "--parallel", "8"],
        ...["--dry-run", "index.ts"],
      ]);
      expect(cwd).to.equal(folder);
      expect(env).to.deep.include({
        PULUMI_CONFIG: '{"project:token":"s3cret"}',
        PULUMI_CONFIG_SECRET_KEYS: '["project:token"]',
      });
      expect(env).not.to.have.property("PULUMI_NODEJS_TYPESCRIPT");
    });

    it("uses ts-node by default, like the official host", () => {
      installSdk();
      const request = new languagepb.RunRequest();
      request.setInfo(info());
      expect(programCommand(request, "e").env).to.include({ PULUMI_NODEJS_TYPESCRIPT: "true" });
    });

    it("runs a policy pack with its folder last, and the environment of the engine", () => {
      installSdk();
      const request = new languagepb.RunPluginRequest();
      request.setInfo(info());
      request.setArgsList(["127.0.0.1:2"]);
      request.setEnvList(["A=b=c"]);
      const { args, env } = policyPackCommand(request);
      const run = join(folder, "node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js");
      expect(args).to.deep.equal([run, "127.0.0.1:2", folder]);
      expect(env).to.deep.include({ A: "b=c" });
    });

    it("reports how to install a missing SDK", () => {
      const request = new languagepb.RunRequest();
      request.setInfo(info());
      expect(() => programCommand(request, "e")).to.throw(
        `is not installed for the program in ${folder}: run \`npm ci\``,
      );
    });
  });

  describe("endings of a program", () => {
    const endings: [Parameters<typeof describeEnding>[0], ReturnType<typeof describeEnding>][] = [
      [
        { code: 0, signal: null },
        { error: "", bail: false },
      ],
      [
        { code: 32, signal: null },
        { error: "", bail: true },
      ],
      [
        { code: 1, signal: null },
        { error: "Program exited with non-zero exit code: 1", bail: false },
      ],
      [
        { code: null, signal: "SIGKILL" },
        { error: "Program was ended by signal SIGKILL", bail: false },
      ],
    ];
    for (const [ending, description] of endings) {
      it(`describes ${JSON.stringify(ending)}`, () =>
        expect(describeEnding(ending)).to.deep.equal(description));
    }

    it("suspects the memory when node aborts", () => {
      expect(describeEnding({ code: null, signal: "SIGABRT" }).error).to.include("--max-old-space-size");
    });
  });

  describe("service", () => {
    let client: Client;
    let server: Server;
    beforeEach(async () => {
      ({ server } = createLanguageHost("127.0.0.1:1"));
      client = new Client(`127.0.0.1:${await listen(server)}`, credentials.createInsecure());
    });
    afterEach(() => {
      client.close();
      server.forceShutdown();
    });

    it("ends a stream with the error of a failed request", async () => {
      const { path, requestSerialize, responseDeserialize } = languagegrpc.LanguageRuntimeService.runPlugin;
      const request = new languagepb.RunPluginRequest();
      request.setKind("resource");
      const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
      const error = await new Promise<Partial<ServiceError>>((resolve) => {
        stream.on("error", resolve).resume();
      });
      expect(error.code).to.equal(status.UNIMPLEMENTED);
      expect(error.details).to.include("no resource plugins");
    });

    it("answers a run that cannot start with a text for the user", async () => {
      const { path, requestSerialize, responseDeserialize } = languagegrpc.LanguageRuntimeService.run;
      const request = new languagepb.RunRequest();
      const info = new languagepb.ProgramInfo();
      info.setProgramDirectory(folder);
      request.setInfo(info);
      const response = await new Promise<InstanceType<typeof languagepb.RunResponse> | undefined>(
        (resolve) => {
          client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (_error, answer) =>
            resolve(answer),
          );
        },
      );
      expect(response?.getError()).to.include("run `npm ci` there");
    });
  });

  describe("installation", () => {
    const plugins = ["language-nodejs", "resource-random", "resource-kubernetes"];
    // A home with everything that a shell could stumble over.
    const home = (): string => join(folder, `a "home" with $(false) and 'quotes'`);
    const wrapper = (name: string): string =>
      execFileSync("sh", ["-c", 'echo "$1"/plugins/"$2"-v*/pulumi-"$2"', "sh", home(), name], {
        encoding: "utf8",
      }).trim();

    it("installs each stand-in with the version of its npm package, idempotently", () => {
      const install = (): void => installStandIns({ pulumiHome: home(), nodePath: process.execPath });
      install();
      const files = plugins.map(wrapper);
      expect(files[1]).to.match(/\/plugins\/resource-random-v\d+\.\d+\.\d+\/pulumi-resource-random$/);
      const stamp = () => files.map((file) => [statSync(file).ino, statSync(file).mode & 0o777]);
      const before = stamp();
      expect(before.map(([, mode]) => mode)).to.deep.equal(plugins.map(() => 0o755));
      install();
      expect(stamp()).to.deep.equal(before);
      installStandIns({ pulumiHome: home(), nodePath: "/another/node" });
      expect(stamp()).not.to.deep.equal(before);
    });

    it("starts the plugin, which prints its port and ends with its standard input", () => {
      const nodePath = join(home(), "node");
      mkdirSync(home());
      symlinkSync(process.execPath, nodePath);
      installStandIns({ pulumiHome: home(), nodePath });
      for (const name of ["language-nodejs", "resource-random"]) {
        expect(
          execFileSync(wrapper(name), ["-v=9", "127.0.0.1:1"], {
            input: "",
            encoding: "utf8",
            timeout: 20_000,
          }),
        ).to.match(/^\d+\n$/);
      }
    }).timeout(30_000);
  });
});
