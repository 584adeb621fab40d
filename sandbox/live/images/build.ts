// Builds missing images, layer by layer. A layer's key is its inputs and the layers below it.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheFolder } from "../../paths.ts";
import type { Report } from "../../report.ts";
import { tryLock, unlock } from "../../tools/lock.ts";
import { withAdvice } from "./advice.ts";
import { mergedFolders } from "./debian.ts";
import { OciStore } from "./oci.ts";
import type { Blob, Layer, Recipe } from "./recipe.ts";
import { run } from "./run.ts";
import { type ImageName, imageTable } from "./table.ts";

/** Shared by every clone, like the tools. */
export function imageStore(env: NodeJS.ProcessEnv = process.env): OciStore {
  return new OciStore(join(cacheFolder(env), "images"));
}

export interface BuiltRecipe {
  readonly digest: string;
  /** An OCI layout with only this image. */
  readonly layout: string;
}

export interface BuiltImage extends BuiltRecipe {
  readonly name: ImageName;
  /** As manifests name it, with its tag: `docker.io/library/postgres:18.6`. */
  readonly reference: string;
}

/** The key of each layer of a recipe. */
export function layerKeys(layers: readonly Layer[]): string[] {
  let below = "";
  return layers.map(({ inputs }) => {
    below = createHash("sha256")
      .update(JSON.stringify([below, ...inputs]))
      .digest("hex");
    return below;
  });
}

/** The platform's images, by their names in the table. @default all */
export async function ensureImages(
  names: readonly ImageName[] | undefined,
  report: Report,
  env: NodeJS.ProcessEnv = process.env,
): Promise<BuiltImage[]> {
  const wanted = names ?? (Object.keys(imageTable) as ImageName[]);
  const built = await ensureRecipes(
    wanted.map((name) => imageTable[name].recipe),
    report,
    env,
  );
  return wanted.flatMap((name, index) => {
    const image = built[index];
    return image === undefined ? [] : [{ name, reference: imageTable[name].reference, ...image }];
  });
}

/** Builds missing layers one after another. @returns one result per recipe, in the same order */
export async function ensureRecipes(
  recipes: readonly Recipe[],
  report: Report,
  env: NodeJS.ProcessEnv = process.env,
): Promise<BuiltRecipe[]> {
  const store = imageStore(env);
  const lock = join(store.folder, "lock");
  await mkdir(store.folder, { recursive: true });
  for (let other = await tryLock(lock); other !== undefined; other = await tryLock(lock)) {
    report.status(`images: another clone is building them (process ${other.heldBy})`);
    await sleep(500);
  }
  // Modes of what is unpacked and written are part of the bytes.
  const umask = process.umask(0o022);
  try {
    await store.removeUnfinished();
    const built: BuiltRecipe[] = [];
    for (const recipe of recipes)
      built.push({
        digest: await buildImage(store, recipe, report),
        layout: store.layout(recipe.name),
      });
    return built;
  } finally {
    process.umask(umask);
    await unlock(lock);
  }
}

/** Builds the missing layers of one image. @returns its digest */
export async function buildImage(store: OciStore, recipe: Recipe, report: Report): Promise<string> {
  const keys = layerKeys(recipe.layers);
  const blobs: Blob[] = [];
  for (const [index, layer] of recipe.layers.entries()) {
    const title = `image ${recipe.name}: ${layer.title}`;
    blobs.push(await ensureLayer(store, layer, keys[index] ?? "", blobs, title, report));
  }
  return store.addImage(recipe.name, blobs, recipe.config);
}

async function ensureLayer(
  store: OciStore,
  layer: Layer,
  key: string,
  below: readonly Blob[],
  title: string,
  report: Report,
): Promise<Blob> {
  const record = join(store.folder, "layers", `${key}.json`);
  if (existsSync(record)) {
    const blob = JSON.parse(await readFile(record, "utf8")) as Blob;
    if (store.has(blob)) return blob;
  }
  const started = Date.now();
  const seconds = (): number => Math.round((Date.now() - started) / 1000);
  const show = (): void => report.status(`${title}, ${seconds()} s of about ${layer.expectedSeconds} s`);
  show();
  const timer = setInterval(show, 1000);
  try {
    const blob = await makeLayer(store, layer, below, report);
    await mkdir(dirname(record), { recursive: true });
    await writeFile(`${record}.unfinished`, JSON.stringify(blob));
    await rename(`${record}.unfinished`, record);
    report.line(`${title}, ${Math.round(blob.bytes / 1e6)} MB after ${seconds()} s`);
    return blob;
  } catch (error) {
    throw new Error(`${title} could not be built: ${withAdvice(error)}`, { cause: error });
  } finally {
    clearInterval(timer);
  }
}

async function makeLayer(
  store: OciStore,
  layer: Layer,
  below: readonly Blob[],
  report: Report,
): Promise<Blob> {
  await mkdir(store.folder, { recursive: true });
  const work = await mkdtemp(store.workPrefix);
  const [folder, downloads, root] = ["layer", "downloads", "root"].map((name) => join(work, name)) as [
    string,
    string,
    string,
  ];
  try {
    await mkdir(folder);
    await mkdir(downloads);
    let unpacked: Promise<string> | undefined;
    await layer.fill({
      folder,
      downloads,
      report,
      root: () => (unpacked ??= unpackLayers(store, below, root)),
    });
    // The lowest layer has Debian's links `bin -> usr/bin`; in a layer above they would only say it again.
    return await store.addLayer(folder, below.length === 0 ? [] : mergedFolders);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The file system of an image, in a folder. Layers here never delete a file of those below. */
export async function unpackLayers(
  store: OciStore,
  layers: readonly Blob[],
  folder: string,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const { digest } of layers) {
    const options = ["--keep-directory-symlink", "--same-permissions", "--numeric-owner"];
    await run("tar", ["--extract", "--file", store.blobFile(digest), "--directory", folder, ...options]);
  }
  return folder;
}
