import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { IMAGES } from "../../../../components/core/images.ts";
import { withAdvice } from "../../../../sandbox/live/images/advice.ts";
import { base } from "../../../../sandbox/live/images/base/index.ts";
import {
  packageAddresses,
  parseArchives,
  parseDebianLock,
  readDebianLock,
} from "../../../../sandbox/live/images/debian.ts";
import { parseSimulation, parseStanzas } from "../../../../sandbox/live/images/debian-resolve.ts";
import { userFiles } from "../../../../sandbox/live/images/files.ts";
import { imageTable, recipes as allRecipes } from "../../../../sandbox/live/images/table.ts";
import { registryPath } from "../../../../sandbox/live/registry.ts";
import { toolModules } from "../../../../sandbox/paths.ts";
import { catalog, readModule } from "../../../../sandbox/tools/catalog.ts";

const images = join(toolModules, "..", "live", "images");
const recipes = readdirSync(images, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
/** The text of one file of each recipe that has it. */
const filesNamed = (file: string): [string, string][] =>
  recipes
    .map((recipe) => join(images, recipe, file))
    .filter((path) => existsSync(path))
    .map((path) => [path.slice(images.length + 1), readFileSync(path, "utf8")]);

const libc = {
  name: "libc6",
  version: "2.36-9+deb12u14",
  archive: "Debian",
  file: "pool/main/g/glibc/libc6.deb",
  bytes: 1,
  sha256: "0".repeat(64),
};

describe("the pins of the images", () => {
  for (const [file, text] of filesNamed("debian.lock.json")) {
    it(`${file} has a SHA-256 and a place for each package, once`, () => {
      const packages = parseDebianLock(file, text);
      for (const found of packages) {
        expect(found.sha256, found.name).to.match(/^[0-9a-f]{64}$/);
        expect(found.file, found.name).to.match(/^pool\/.*\.deb$/);
        expect(found.archive, found.name).to.match(/^Debian(-Security)?$/);
        expect(found.bytes, found.name).to.be.greaterThan(0);
      }
      expect(new Set(packages.map(({ name }) => name))).to.have.length(packages.length);
      if (!file.startsWith("base/")) {
        const below = readDebianLock(join(images, "base")).map(({ name }) => name);
        expect(packages.map(({ name }) => name)).not.to.include.members(below);
      }
    });
  }

  for (const [file, text] of [...filesNamed("requirements.lock.txt"), ...filesNamed("uv.lock.txt")]) {
    it(`${file} names exact versions, each with a hash`, () => {
      const requirements = text.replaceAll("\\\n", " ").trim().split("\n");
      for (const line of requirements)
        expect(line).to.match(/^[a-z0-9._-]+==[^\s*]+( ;[^#]*)?( +--hash=sha256:[0-9a-f]{64})+ *$/i);
    });
  }

  for (const [file, text] of filesNamed("package-lock.json")) {
    it(`${file} has a hash for each package`, () => {
      const { packages } = JSON.parse(text) as { packages: Record<string, { integrity?: string }> };
      const integrity = Object.entries(packages).filter(([path]) => path !== "");
      expect(integrity).not.to.be.empty;
      for (const [path, entry] of integrity) expect(entry.integrity, path).to.match(/^sha512-/);
    });
  }

  it("name no address of a registry", () => {
    const texts = ["debian.lock.json", "requirements.lock.txt", "package-lock.json", "uv.lock.txt"].flatMap(
      filesNamed,
    );
    expect(texts.length).to.be.greaterThan(3);
    for (const [file, text] of texts) expect(text, file).not.to.match(/https?:/);
  });

  it("keep malicious and vulnerable LiteLLM out", () => {
    const lock = readFileSync(join(images, "litellm", "requirements.lock.txt"), "utf8");
    const [, minor = ""] = /^litellm==1\.(\d+)\./m.exec(lock) ?? [];
    expect(Number(minor)).to.be.at.least(84);
  });
});

describe("the image table", () => {
  it("names the repository and the variant that the platform's manifests name, and the version that is in the image here", () => {
    const version = /\d+(\.\d+)+/;
    for (const [name, { reference, recipe }] of Object.entries(imageTable)) {
      const { repository, tag } = IMAGES[name as keyof typeof imageTable];
      const [before = "", after = ""] = tag.split(version.exec(tag)?.[0] ?? "");
      expect(reference).to.equal(`${repository}:${before}${recipe.config.version}${after}`);
      // Another minor release may be what a package registry has; another major release would be another program.
      const major = (text: string): string | undefined => version.exec(text)?.[0].split(".")[0];
      expect(major(recipe.config.version), name).to.equal(major(tag));
    }
  });

  it("has recipes with different names over the same base, and no recipe for root", () => {
    for (const [name, recipe] of Object.entries(allRecipes)) {
      expect(recipe.name).to.equal(name);
      expect(recipe.layers[0], name).to.equal(base);
      expect(recipe.config.uid, name).to.be.greaterThan(0);
    }
  });

  it("states the versions that are really installed", () => {
    const read = (file: string): string => readFileSync(join(images, file), "utf8");
    const { etcd, kueue, litellm, nats, phoenix, postgres, redis } = allRecipes;
    expect(read("litellm/requirements.lock.txt")).to.include(`\nlitellm==${litellm.config.version} `);
    expect(read("phoenix/requirements.lock.txt")).to.include(`\narize-phoenix==${phoenix.config.version} `);
    const { "open-webui": openWebui } = allRecipes;
    expect(read("open-webui/requirements.lock.txt")).to.include(`\nopen-webui==${openWebui.config.version} `);
    expect(read("postgres/package-lock.json")).to.include(`"version": "${postgres.config.version}.0-`);
    expect(read("redis/debian.lock.json")).to.include(`"version": "${redis.config.version}+dfsg1-`);
    const module = (tool: "etcd" | "kueue" | "nats-server"): string => readModule(catalog[tool]).version;
    expect([module("etcd"), module("kueue"), module("nats-server")]).to.deep.equal([
      `v${etcd.config.version}`,
      `v${kueue.config.version}`,
      `v${nats.config.version}`,
    ]);
  });

  it("keeps host and tag apart from the path in the registry", () => {
    expect(registryPath("docker.io/library/postgres:18.6")).to.equal("library/postgres:18.6");
    expect(registryPath("127.0.0.1:5000/a/b@sha256:0")).to.equal("a/b@sha256:0");
    for (const reference of ["postgres:18", "library/postgres:18"])
      expect(() => registryPath(reference)).to.throw(
        `${reference} does not begin with the host of a registry`,
      );
  });
});

describe("Debian packages of an image", () => {
  it("are rejected from an incomplete lock file", () => {
    const parse = (text: string) => () => parseDebianLock("base/debian.lock.json", text);
    const refresh = /To write it again: node sandbox\/live\/images\/refresh\.ts$/;
    expect(parse("[{")).to.throw(/^base\/debian\.lock\.json: is not JSON/);
    expect(parse("[{")).to.throw(refresh);
    expect(parse("{}")).to.throw("base/debian.lock.json: is not a list of packages");
    expect(parse(JSON.stringify([libc, { ...libc, sha256: undefined, bytes: "1" }]))).to.throw(
      "base/debian.lock.json: package 2 has no bytes, sha256.",
    );
    expect(parse("[null]")).to.throw("package 1 has no name, version");
    expect(parse(JSON.stringify([libc]))()).to.deep.equal([libc]);
  });

  it("come from the archives that apt is set up for", () => {
    const known = parseArchives(
      "Debian\thttp://mirror/debian/\nDebian-Security\thttp://mirror/security/\n\n",
    );
    expect(packageAddresses([libc], known)).to.deep.equal([
      { name: "libc6", sha256: libc.sha256, address: "http://mirror/debian/pool/main/g/glibc/libc6.deb" },
    ]);
    const foreign = [{ ...libc, archive: "Debian-Security" }, { ...libc, archive: "Other" }, libc];
    expect(() => packageAddresses(foreign, new Map([["Debian", "http://mirror/debian"]]))).to.throw(
      /no sources labelled Debian-Security, Other,.*apt-get update$/,
    );
  });

  it("are read from what apt would install", () => {
    const printed = `Reading package lists...
Inst libc6 (2.36-9+deb12u14 Debian:12.15/oldstable [amd64]) []
Inst zlib1g [1:1.2] (1:1.2.13 Debian:12.15/oldstable, Debian-Security:12/oldstable-security [amd64])
Conf libc6 (2.36-9+deb12u14 Debian:12.15/oldstable [amd64])`;
    expect(parseSimulation(printed)).to.deep.equal([
      { name: "libc6", version: "2.36-9+deb12u14", archive: "Debian" },
      { name: "zlib1g", version: "1:1.2.13", archive: "Debian" },
    ]);
    const [first, second] = parseStanzas("Package: a\nSize: 1\n\n\nPackage: b\nDescription: x\n more: y\n");
    expect([...(first ?? [])]).to.deep.equal([
      ["Package", "a"],
      ["Size", "1"],
    ]);
    expect(second?.get("Package")).to.equal("b");
    expect(second?.has("more")).to.equal(false);
  });
});

describe("a package that is not available", () => {
  const refresh = /To pin what it has now:\n {2}apt-get update && node sandbox\/live\/images\/refresh\.ts$/;

  it("is an error with the command that pins others, where the registry has dropped it", () => {
    for (const said of [
      "E: Failed to fetch http://mirror/pool/libc6.deb  404  Not Found",
      "npm error code ETARGET\nnpm error notarget No matching version found for a@1.",
      "Because there is no version of litellm==1.0, your requirements are unsatisfiable.",
      "E: Version '1' for 'libc6' was not found",
    ]) {
      expect(withAdvice(new Error(said)))
        .to.match(refresh)
        .and.to.include(said);
    }
  });

  it("must not be pinned again if its hash differs", () => {
    for (const said of [
      "E: Failed to fetch x  Hash Sum mismatch",
      "npm error code EINTEGRITY",
      "Hash mismatch for `zipp==4.1.2`",
    ]) {
      expect(withAdvice(new Error(said)))
        .to.match(/Find out which before you update the pin\.$/)
        .and.not.to.match(refresh);
    }
  });

  it("gets no advice when the reason is another one", () => {
    expect(withAdvice(new Error("no space left on device"))).to.equal("no space left on device");
  });
});

describe("the users of an image", () => {
  it("are root, nobody and its own, each with a group", () => {
    const files = userFiles([{ name: "postgres", uid: 999, home: "/var/lib/postgresql" }]);
    expect(files["etc/passwd"]).to.equal(
      "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\n" +
        "postgres:x:999:999:postgres:/var/lib/postgresql:/bin/sh\n",
    );
    expect(files["etc/group"]).to.equal("root:x:0:\nnobody:x:65534:\npostgres:x:999:\n");
  });
});
