import { expect } from "chai";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureNca, ncaProblem } from "../../../../sandbox/tools/nca.ts";
import { toolModules } from "../../../../sandbox/paths.ts";
import { parseConnections } from "../../../policy/analysers/nca-output.ts";

describe("nca", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "nca-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A python3 that says its version, and has a pip or not. */
  const fake = (version: string, pip = true): NodeJS.ProcessEnv => {
    const program = join(folder, "python3");
    const answer = `if [ "$1" = -c ]; then echo '[[${version}], "abi"]'; else exit ${pip ? 0 : 1}; fi`;
    writeFileSync(program, `#!/bin/sh\n${answer}\n`);
    chmodSync(program, 0o755);
    return { PATH: folder };
  };
  const needs = "nca needs python3 to be Python 3.9 to 3.13 with pip (Debian: apt-get install python3-pip)";

  it("reports its requirements without Python or pip", async () => {
    expect(await ncaProblem({ PATH: folder })).to.equal(needs);
    expect(await ncaProblem(fake("3, 11", false))).to.equal(needs);
  });

  it("reports an unsupported Python", async () => {
    for (const version of ["3, 8", "3, 14", "2, 11"])
      expect(await ncaProblem(fake(version))).to.equal(
        `${needs}; this is Python ${version.replace(", ", ".")}`,
      );
    for (const version of ["3, 9", "3, 13"]) expect(await ncaProblem(fake(version))).to.equal(undefined);
  });

  it("is not fetched for a Python that does not do", async () => {
    const report = { line: () => undefined, status: () => undefined };
    const failure = await ensureNca(report, fake("3, 8")).catch((error: unknown) => String(error));
    expect(failure).to.include("this is Python 3.8");
  });

  for (const [name, program] of [
    ["nca", "network-config-analyzer"],
    ["zizmor", "zizmor"],
  ] as const) {
    it(`is locked to exact versions, each with hashes (${program})`, () => {
      const lock = readFileSync(join(toolModules, name, "requirements.lock.txt"), "utf8");
      const requirements = lock.replaceAll("\\\n", " ").trim().split("\n");
      expect(requirements.some((line) => line.startsWith(`${program}==`))).to.equal(true);
      for (const line of requirements)
        expect(line).to.match(/^[a-z0-9-]+==[\d.]+( +--hash=sha256:[0-9a-f]{64})+ *$/);
    });
  }
});

describe("the table that nca writes", () => {
  const allows = (connections: string) => {
    const [row] = parseConnections(`a/b => 10.0.0.0-10.0.0.7 : ${connections}\n`);
    if (row === undefined) throw new Error("no row");
    return row.allows;
  };

  it("is read row by row", () => {
    const [row] = parseConnections("\na/b => 10.0.0.0-10.0.0.7 : All connections\n");
    expect(row).to.include({ source: "a/b", destination: "10.0.0.0-10.0.0.7" });
    expect(row?.allows("SCTP", 1)).to.equal(true);
  });

  it("may name protocols, ports and ranges, or leave them out", () => {
    const some = allows("{protocols:TCP, SCTP,dst_ports:80,90-99},{protocols:UDP}");
    expect([some("TCP", 80), some("SCTP", 99), some("UDP", 7)]).to.deep.equal([true, true, true]);
    expect([some("TCP", 81), some("TCP", 89), some("SCTP", 100)]).to.deep.equal([false, false, false]);
    expect(allows("{dst_ports:80}")("UDP", 80)).to.equal(true);
  });

  it("may name what is left out", () => {
    const most = allows("All but {protocols:TCP,dst_ports:80}");
    expect([most("TCP", 80), most("TCP", 81), most("UDP", 80)]).to.deep.equal([false, true, true]);
    const rest = allows("{protocols:all but TCP, UDP}");
    expect([rest("TCP", 80), rest("SCTP", 80)]).to.deep.equal([false, true]);
  });

  for (const text of [
    "{}",
    "{hosts:a}",
    "{dst_ports:http}",
    "TCP 80",
    "All but nothing",
    "{protocols:TCP},",
  ]) {
    it(`is refused where it says ${text}`, () => {
      expect(() => allows(text)).to.throw(/does not know/);
    });
  }

  it("is refused where a line is no row", () => {
    expect(() => parseConnections("a/b -> c/d : All connections")).to.throw(/does not know/);
  });
});
