// The images that the node itself needs: the pause image and cluster DNS. Each has one static program, in an OCI archive
// that containerd imports. Every other image comes from the registry.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface StaticImage {
  readonly reference: string;
  /** Static programs, which are in /bin under their own names. */
  readonly programs: readonly string[];
  readonly entrypoint: readonly string[];
}

/** The same files give the same bytes. */
async function tar(archive: string, folder: string): Promise<void> {
  const reproducible = [
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--format=ustar",
  ];
  await run("tar", [...reproducible, "-cf", archive, "-C", folder, "."]);
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Writes the image as an OCI archive. */
export async function writeArchive(image: StaticImage, archive: string): Promise<void> {
  const work = `${archive}.unfinished`;
  const [root, layout, layer] = ["root", "layout", "layer.tar"].map((name) => join(work, name)) as [
    string,
    string,
    string,
  ];
  const blobs = join(layout, "blobs", "sha256");
  await mkdir(join(root, "bin"), { recursive: true });
  await mkdir(blobs, { recursive: true });
  for (const program of image.programs) await copyFile(program, join(root, "bin", basename(program)));
  await tar(layer, root);

  const blob = async (mediaType: string, content: Buffer): Promise<Descriptor> => {
    const digest = createHash("sha256").update(content).digest("hex");
    await writeFile(join(blobs, digest), content);
    return { mediaType, digest: `sha256:${digest}`, size: content.length };
  };
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const oci = (name: string): string => `application/vnd.oci.image.${name}`;

  const layerBlob = await blob(oci("layer.v1.tar"), await readFile(layer));
  const config = await blob(
    oci("config.v1+json"),
    json({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: { Entrypoint: image.entrypoint, User: "65532:65532", Env: ["PATH=/bin"] },
      rootfs: { type: "layers", diff_ids: [layerBlob.digest] },
    }),
  );
  const manifest = await blob(
    oci("manifest.v1+json"),
    json({ schemaVersion: 2, mediaType: oci("manifest.v1+json"), config, layers: [layerBlob] }),
  );
  await writeFile(join(layout, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
  await writeFile(
    join(layout, "index.json"),
    json({
      schemaVersion: 2,
      manifests: [{ ...manifest, annotations: { "io.containerd.image.name": image.reference } }],
    }),
  );
  await tar(archive, layout);
  await rm(work, { recursive: true });
}
