// Writes the OCI image layout (opencontainers/image-spec 1.1): one store of blobs, and for each image a small folder
// that points into it. docs/references.md#image-builders compares crane, umoci and buildah.
// The blobs are where `crane registry serve --disk` expects them, so a registry needs no copy.
import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { glob, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Blob, ImageConfig } from "./recipe.ts";

/** The same files give the same bytes: sorted, root's, one date, no access times, modes as they are. */
const tarArguments = [
  "--create",
  "--sort=name",
  "--format=gnu",
  "--mtime=@0",
  "--numeric-owner",
  "--owner=0",
  "--group=0",
  "--hard-dereference",
];

const created = "1970-01-01T00:00:00Z";
const mediaType = (kind: string): string => `application/vnd.oci.image.${kind}`;

export class OciStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** What a registry serves: `<blobs>/sha256/<hash>`. */
  get blobs(): string {
    return join(this.folder, "blobs");
  }

  blobFile(digest: string): string {
    return join(this.blobs, ...digest.split(":"));
  }

  /** What folders begin with in which layers are made. */
  get workPrefix(): string {
    return join(this.folder, "work-");
  }

  /** Removes the remains of killed builds. No other build may run at the same time. */
  async removeUnfinished(): Promise<void> {
    const left = [`${basename(this.workPrefix)}*`, "blobs/unfinished-*", "layouts/*.unfinished-*"];
    for await (const path of glob(left, { cwd: this.folder }))
      await rm(join(this.folder, path), { recursive: true, force: true });
  }

  /** The files of a folder as a layer, uncompressed: it never leaves this machine. */
  async addLayer(folder: string, excluded: readonly string[] = []): Promise<Blob> {
    await mkdir(join(this.blobs, "sha256"), { recursive: true });
    const unfinished = join(this.blobs, `unfinished-${randomUUID()}`);
    const hash = createHash("sha256");
    let bytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        hash.update(chunk);
        bytes += chunk.length;
        next(null, chunk);
      },
    });
    const args = [...tarArguments, ...excluded.map((path) => `--exclude=./${path}`)];
    const tar = spawn("nice", ["tar", ...args, "--directory", folder, "."], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise<number | null>((settle, refuse) => {
      tar.on("error", refuse).on("close", settle);
    });
    try {
      // Do not await in between: Node drops the output of a child that ends before it is read.
      const [code] = await Promise.all([ended, pipeline(tar.stdout, measure, createWriteStream(unfinished))]);
      if (code !== 0) throw new Error(`tar ended with exit code ${code ?? "?"} in ${folder}`);
      const blob = { digest: `sha256:${hash.digest("hex")}`, bytes };
      await rename(unfinished, this.blobFile(blob.digest));
      return blob;
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  async #addJson(value: unknown): Promise<Blob> {
    const text = JSON.stringify(value);
    const blob = {
      digest: `sha256:${createHash("sha256").update(text).digest("hex")}`,
      bytes: Buffer.byteLength(text),
    };
    await mkdir(join(this.blobs, "sha256"), { recursive: true });
    await writeFile(this.blobFile(blob.digest), text);
    return blob;
  }

  /** Gives the digest of the image, and writes a layout of its own for it: `layout(name)`. */
  async addImage(name: string, layers: readonly Blob[], config: ImageConfig): Promise<string> {
    const configBlob = await this.#addJson(imageConfig(layers, config));
    const manifest = await this.#addJson({
      schemaVersion: 2,
      mediaType: mediaType("manifest.v1+json"),
      config: descriptor(mediaType("config.v1+json"), configBlob),
      layers: layers.map((layer) => descriptor(mediaType("layer.v1.tar"), layer)),
    });
    const layout = this.layout(name);
    const unfinished = `${layout}.unfinished-${randomUUID()}`;
    await mkdir(unfinished, { recursive: true });
    await writeFile(join(unfinished, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    await writeFile(
      join(unfinished, "index.json"),
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaType("index.v1+json"),
        manifests: [{ ...descriptor(mediaType("manifest.v1+json"), manifest), platform }],
      }),
    );
    await symlink("../../blobs", join(unfinished, "blobs"));
    await rm(layout, { recursive: true, force: true });
    await rename(unfinished, layout);
    return manifest.digest;
  }

  /** A folder that `crane push` and every other reader of OCI layouts takes. */
  layout(name: string): string {
    return join(this.folder, "layouts", name);
  }

  has(blob: Blob): boolean {
    return existsSync(this.blobFile(blob.digest));
  }
}

const platform = { architecture: "amd64", os: "linux" };

function descriptor(type: string, { digest, bytes }: Blob) {
  return { mediaType: type, digest, size: bytes };
}

function imageConfig(layers: readonly Blob[], config: ImageConfig) {
  return {
    created,
    ...platform,
    config: {
      User: String(config.uid),
      ExposedPorts: Object.fromEntries(config.ports.map((port) => [`${port}/tcp`, {}])),
      Env: Object.entries(config.env).map(([name, value]) => `${name}=${value}`),
      ...(config.entrypoint === undefined ? {} : { Entrypoint: config.entrypoint }),
      ...(config.command === undefined ? {} : { Cmd: config.command }),
      ...(config.workingDir === undefined ? {} : { WorkingDir: config.workingDir }),
      Labels: { "org.opencontainers.image.version": config.version },
    },
    // Uncompressed: the hash of the blob is the hash of the tar.
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map(() => ({ created })),
  };
}
