import { expect } from "chai";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { processIdentity } from "../../../../sandbox/processes.ts";
import type { Report } from "../../../../sandbox/report.ts";
import { cacheKey, cleanCache, ensureTools, toolsStatus } from "../../../../sandbox/tools/ensure.ts";

// A `go` that makes the asked-for files at once. FAKE_FAIL names the package that it cannot build.
const fakeGo = `#!/bin/sh
if [ "$1" = env ]; then
  printf '{"GOVERSION":"%s","GOOS":"linux","GOARCH":"amd64","GOMODCACHE":"%s","GOCACHE":"%s"}' \\
    "$FAKE_VERSION" "$FAKE_CACHE" "$FAKE_CACHE"
  exit
fi
until [ "$1" = -o ]; do shift; done
bin=$2; shift 2
echo "$@" >> "$FAKE_LOG"
echo "$GOTOOLCHAIN $GOWORK $GOFLAGS $CGO_ENABLED" > "$FAKE_LOG.settings"
for package in "$@"; do
  if [ -n "$FAKE_FAIL" ] && [ "$package" = "$FAKE_FAIL" ]; then
    seq 1 100 >&2; echo "cannot find module $package" >&2; exit 3
  fi
  name=$(basename "$package"); [ "$name" = . ] && name=$(basename "$PWD")
  sleep "\${FAKE_SECONDS:-0}"
  echo "$name" > "$bin$name"
done
`;

describe("ensureTools", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let lines: string[];
  const report: Report = { line: (text) => void lines.push(text), status: (text) => void lines.push(text) };
  const builds = (): string[] => (existsSync(log()) ? readFileSync(log(), "utf8").trim().split("\n") : []);
  const log = (): string => join(folder, "log");
  const enough = (): Promise<number> => Promise.resolve(100);
  const failure = (names?: Parameters<typeof ensureTools>[0], free = enough): Promise<string> =>
    ensureTools(names, report, env, free).then(
      () => "no failure",
      (error: unknown) => String(error),
    );

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tools-"));
    lines = [];
    const bin = join(folder, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "go"), fakeGo);
    chmodSync(join(bin, "go"), 0o755);
    env = {
      PATH: [bin, "/usr/bin", "/bin"].join(delimiter),
      XDG_CACHE_HOME: join(folder, "cache"),
      FAKE_VERSION: "go1.26.8",
      FAKE_CACHE: folder,
      FAKE_LOG: log(),
    };
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("builds each tool once and gives the paths of all programs", async () => {
    const tools = await ensureTools(undefined, report, env, enough);
    expect(Object.keys(tools).sort()).to.deep.equal([
      "etcd",
      "helm",
      "kubeApiserver",
      "kubeControllerManager",
      "kubeProxy",
      "kubeScheduler",
      "kubeadm",
      "kubectl",
      "kubelet",
      "kwok",
      "kwokctl",
      "pulumi",
    ]);
    for (const path of Object.values(tools)) expect(existsSync(path), path).to.equal(true);
    expect(readlinkSync(tools.kubeApiserver)).to.equal("kubernetes");
    expect(builds()).to.have.lengthOf(4);

    expect(await ensureTools(undefined, report, env, enough)).to.deep.equal(tools);
    expect(builds()).to.have.lengthOf(4);
  });

  it("builds only the requested tools", async () => {
    const { helm } = await ensureTools(["helm"], report, env, enough);
    expect(basename(helm)).to.equal("helm");
    expect(builds()).to.deep.equal(["helm.sh/helm/v3/cmd/helm"]);
  });

  it("builds only with this Go, only from go.sum, without C and without a workspace", async () => {
    env = {
      ...env,
      GOFLAGS: "-mod=mod",
      GOTOOLCHAIN: "auto",
      GOWORK: "/somewhere/go.work",
      CGO_ENABLED: "1",
    };
    await ensureTools(["helm"], report, env, enough);
    expect(readFileSync(`${log()}.settings`, "utf8")).to.equal("local off -mod=readonly -buildvcs=false 0\n");
  });

  it("reports step, tool, elapsed time and expected time", async () => {
    await ensureTools(["kwok", "helm"], report, env, enough);
    expect(lines[0]).to.match(/^tools 1\/2: kwok v0\.\d+\.\d+, 0 s of about \d+ s$/);
    expect(lines.at(-1)).to.match(/^tools 2\/2: helm v3\.\d+\.\d+, ready after \d+ s$/);
  });

  it("builds again for another Go", async () => {
    const first = await ensureTools(["helm"], report, env, enough);
    const second = await ensureTools(["helm"], report, { ...env, FAKE_VERSION: "go1.27.0" }, enough);
    expect(second.helm).not.to.equal(first.helm);
    expect(existsSync(first.helm)).to.equal(true);
  });

  it("reports which tool failed, its last lines and how to continue; then continues from there", async () => {
    const bad = "helm.sh/helm/v3/cmd/helm";
    env = { ...env, FAKE_FAIL: bad };
    const message = await failure(["kwok", "helm"]);
    expect(message).to.match(/helm v3\.\d+\.\d+ could not be built: go exited with exit code 3/);
    expect(message)
      .to.contain(`cannot find module ${bad}`)
      .and.to.contain("  100\n")
      .and.not.to.contain("  50\n");
    expect(message).to.contain("run the same command again (`make up`)");

    env = { ...env, FAKE_FAIL: "" };
    await ensureTools(["kwok", "helm"], report, env, enough);
    expect(builds().filter((packages) => packages === bad)).to.have.lengthOf(2);
    expect(builds()).to.have.lengthOf(3);
  });

  it("leaves no half-built tool: not of a failed build, and not of one that was killed", async () => {
    const cache = join(folder, "cache", "llm-platform", "helm");
    const { helm } = await ensureTools(["helm"], report, env, enough);
    const [key = ""] = readdirSync(cache);
    rmSync(join(cache, key), { recursive: true });
    mkdirSync(join(cache, `${key}.unfinished-999999999`, "bin"), { recursive: true });

    await failure(["helm"]);
    expect(readdirSync(dirname(helm))).to.deep.equal(["helm"]);
    expect(readdirSync(cache)).to.deep.equal([key]);

    rmSync(join(cache, key), { recursive: true });
    env = { ...env, FAKE_FAIL: "helm.sh/helm/v3/cmd/helm" };
    await failure(["helm"]);
    expect(readdirSync(cache)).to.deep.equal([]);
  });

  describe("when another clone builds the same", () => {
    it("waits for it and builds nothing", async () => {
      env = { ...env, FAKE_SECONDS: "0.3" };
      const [first, second] = await Promise.all([
        ensureTools(["helm"], report, env, enough),
        ensureTools(["helm"], report, env, enough),
      ]);
      expect(second).to.deep.equal(first);
      expect(builds()).to.have.lengthOf(1);
      expect(lines.join("\n")).to.contain(`another clone is building it (process ${process.pid})`);
    });

    for (const [what, identity] of [
      ["a process that is gone", "999999999:1"],
      ["a process whose number another one has now", `${process.pid}:1`],
      ["no holder: the file is empty", ""],
    ] as const) {
      it(`is not stopped by the lock of ${what}`, async () => {
        const { helm } = await ensureTools(["helm"], report, env, enough);
        const built = dirname(dirname(helm));
        rmSync(built, { recursive: true });
        writeFileSync(`${built}.lock`, identity);
        await ensureTools(["helm"], report, env, enough);
        expect(builds()).to.have.lengthOf(2);
        expect(existsSync(`${built}.lock`)).to.equal(false);
      });
    }
  });

  describe("stops before it builds", () => {
    it("without Go", async () => {
      env = { ...env, PATH: join(folder, "nothing") };
      expect(await failure())
        .to.contain("`go` is not on PATH")
        .and.to.contain("Install a current Go");
    });

    for (const version of ["go1.25.9", "go1.9"]) {
      it(`with ${version}`, async () => {
        env = { ...env, FAKE_VERSION: version };
        expect(await failure()).to.match(
          new RegExp(`Go 1\\.26\\S* or newer is required; this is ${version}`),
        );
        expect(builds()).to.deep.equal([]);
      });
    }

    it("on a disk that is too small, and reports the required size", async () => {
      const message = await failure(undefined, () => Promise.resolve(11.94));
      expect(message)
        .to.contain("has 11.9 GB free; building kubernetes, pulumi, kwok, helm needs about 12 GB")
        .and.to.contain("GOCACHE");
      expect(builds()).to.deep.equal([]);
      await ensureTools(["helm"], report, env, () => Promise.resolve(2));
    });
  });

  it("has a status for the doctor, and a clean that removes the tools and nothing else", async () => {
    await ensureTools(["helm"], report, env, enough);
    const status = await toolsStatus(env);
    expect(status.go).to.equal("go1.26.8");
    expect(status.tools.map(({ name, built }) => `${name} ${String(built)}`)).to.deep.equal([
      "kubernetes false",
      "pulumi false",
      "kwok false",
      "helm true",
    ]);
    writeFileSync(join(folder, "cache", "of-another-program"), "");
    await cleanCache(env);
    expect((await toolsStatus(env)).tools.some(({ built }) => built)).to.equal(false);
    expect(readdirSync(join(folder, "cache"))).to.deep.equal(["of-another-program"]);
  });
});

describe("the cache key", () => {
  const go = { version: "go1.26.8", platform: "linux/amd64" };
  const tool = { name: "helm", packages: ["cmd/helm"] } as const;
  const module = { buildArguments: ["build", "-trimpath"] };
  const sources = [
    ["go.mod", "module x"],
    ["go.sum", "sums"],
  ] as const;
  const key = cacheKey(go, tool, module, sources);

  it("does not depend on the order of the files", () => {
    expect(cacheKey(go, tool, module, sources.toReversed())).to.equal(key);
  });

  for (const [what, other] of [
    ["Go", cacheKey({ ...go, version: "go1.26.9" }, tool, module, sources)],
    ["the platform", cacheKey({ ...go, platform: "linux/arm64" }, tool, module, sources)],
    ["the packages", cacheKey(go, { ...tool, packages: ["cmd/other"] }, module, sources)],
    ["the build line", cacheKey(go, tool, { buildArguments: ["build"] }, sources)],
    ["a source", cacheKey(go, tool, module, [["go.mod", "module y"], sources[1]])],
    ["the name of a source", cacheKey(go, tool, module, [["main.go", "module x"], sources[1]])],
  ] as const) {
    it(`depends on ${what}`, () => expect(other).not.to.equal(key));
  }
});

describe("processIdentity", () => {
  it("identifies this process, and no other process only by its number", () => {
    expect(processIdentity(process.pid)).to.match(new RegExp(`^${process.pid}:\\d+$`));
    expect(processIdentity(999_999_999)).to.equal(undefined);
  });
});
