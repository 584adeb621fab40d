// Which Debian packages a recipe gets: apt resolves, over a status file of its own, from what its archives have now.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withAdvice } from "./advice.ts";
import { archiveAddress, archives, type DebianPackage } from "./debian.ts";
import { run } from "./run.ts";

/** The Debian packages of a recipe: its `debian.json`. */
export interface DebianRequest {
  readonly packages: readonly string[];
  /** Dependencies of maintainer scripts, which never run here: taken for installed. */
  readonly without: readonly string[];
  /**
   * Another release of Debian, from the same archives. Its packages do not build on those of the layers below, so the
   * recipe has to bring every library that its programs load.
   * @default the release of this machine
   */
  readonly release?: string;
}

const simulated = /^Inst (\S+) (?:\[\S+\] )?\((\S+) ([^:\s]+):/gm;

/** What apt would install: `Inst libc6 (2.36-9 Debian:12.1/oldstable [amd64])`. */
export function parseSimulation(printed: string): { name: string; version: string; archive: string }[] {
  return [...printed.matchAll(simulated)].map(([, name, version, archive]) => ({
    name: name ?? "",
    version: version ?? "",
    archive: archive ?? "",
  }));
}

type Stanza = ReadonlyMap<string, string>;

/** What `apt-cache show` prints: fields, and an empty line between packages. */
export function parseStanzas(printed: string): Stanza[] {
  return printed
    .split(/\n{2,}/)
    .map(
      (stanza) =>
        new Map([...stanza.matchAll(/^(\S+): (.*)$/gm)].map(([, key, value]) => [key ?? "", value ?? ""])),
    );
}

function pinned(
  selection: Pick<DebianPackage, "name" | "version" | "archive">,
  stanzas: readonly Stanza[],
): DebianPackage {
  const { name, version } = selection;
  const stanza = stanzas.find(
    (fields) => fields.get("Package") === name && fields.get("Version") === version,
  );
  const field = (key: string): string => {
    const value = stanza?.get(key);
    if (value === undefined) throw new Error(`apt-cache show ${name}=${version} has no ${key}`);
    return value;
  };
  return { ...selection, file: field("Filename"), bytes: Number(field("Size")), sha256: field("SHA256") };
}

/** In full: apt would replace a package that differs from the archive's of the same version. */
async function showBelow(below: readonly DebianPackage[]): Promise<string[]> {
  if (below.length === 0) return [];
  const shown = await run("apt-cache", [
    "show",
    ...below.map(({ name, version }) => `${name}=${version}`),
  ]).catch((error: unknown) => {
    throw new Error(withAdvice(error));
  });
  return shown.split(/\n{2,}/).filter((stanza) => stanza.trim() !== "");
}

/** Settings with which apt knows a release that this machine has no sources of. */
async function settingsOfRelease(release: string, folder: string): Promise<string[]> {
  const known = await archives();
  const suites = { Debian: [release, `${release}-updates`], "Debian-Security": [`${release}-security`] };
  const sources = Object.entries(suites).map(([archive, names]) =>
    [
      "Types: deb",
      `URIs: ${archiveAddress(archive, known)}`,
      `Suites: ${names.join(" ")}`,
      "Components: main",
      "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
    ].join("\n"),
  );
  for (const each of ["sources", "lists/partial", "cache/archives/partial"])
    await mkdir(join(folder, each), { recursive: true });
  await writeFile(join(folder, "sources", "release.sources"), `${sources.join("\n\n")}\n`);
  const settings = [
    "Dir::Etc::SourceList=/dev/null",
    `Dir::Etc::SourceParts=${join(folder, "sources")}`,
    `Dir::State::Lists=${join(folder, "lists")}`,
    `Dir::Cache=${join(folder, "cache")}`,
    "APT::Sandbox::User=",
  ];
  await run("apt-get", [...optionsOf(settings), "update"]);
  return settings;
}

function optionsOf(settings: readonly string[]): string[] {
  return settings.flatMap((setting) => ["-o", setting]);
}

/** The packages and their dependencies, less what lies in the layers below. */
export async function resolveDebian(
  request: DebianRequest,
  below: readonly DebianPackage[],
): Promise<DebianPackage[]> {
  const folder = await mkdtemp(join(tmpdir(), "llm-platform-apt-"));
  try {
    const ofRelease = request.release === undefined ? [] : await settingsOfRelease(request.release, folder);
    const status = join(folder, "status");
    const absent = request.without.map(
      (name) => `Package: ${name}\nArchitecture: amd64\nMulti-Arch: foreign\nVersion: 999:1\n`,
    );
    const present = await showBelow(below);
    const installed = [...absent, ...present].map(
      (stanza) => `${stanza.trimEnd()}\nStatus: install ok installed\n`,
    );
    await writeFile(status, installed.join("\n"));
    const options = optionsOf([
      ...ofRelease,
      `Dir::State::status=${status}`,
      "APT::Install-Recommends=0",
      "Debug::NoLocking=1",
    ]);
    const printed = await run("apt-get", [...options, "--simulate", "install", ...request.packages]);
    const selected = parseSimulation(printed);
    const changed = selected.filter(({ name }) => below.some((other) => other.name === name));
    if (changed.length > 0)
      throw new Error(
        `apt would replace packages of the layers below: ${changed.map((p) => p.name).join(", ")}`,
      );
    const names = selected.map(({ name, version }) => `${name}=${version}`);
    const stanzas = parseStanzas(await run("apt-cache", [...options, "show", ...names]));
    return selected
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((selection) => pinned(selection, stanzas));
  } finally {
    await rm(folder, { recursive: true });
  }
}
