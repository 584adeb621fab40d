// A registry on a loopback, from which pods pull by digest: crane's, over the blobs of the image store as they lie
// there. Nothing is copied. A push finds every blob and adds only the manifest, which the registry keeps in memory.
import { setTimeout as sleep } from "node:timers/promises";
import { type BuiltImage, imageStore } from "./images/build.ts";
import { run } from "./images/run.ts";

/** The name of an image in the registry: path and tag of `reference`, without the host. */
export function registryPath(reference: string): string {
  const [host, ...path] = reference.split("/");
  if (host === undefined || path.length === 0 || !/[.:]/.test(host))
    throw new Error(`${reference} does not begin with the host of a registry, so containerd would guess one`);
  return path.join("/");
}

/** The command of the registry. It runs until it is stopped. */
export function registryCommand(crane: string, address: string) {
  return {
    name: "registry",
    program: crane,
    args: ["registry", "serve", "--address", address, "--disk", imageStore().blobs],
  } as const;
}

/** An image in the store, and its name for pods. */
export type PushedImage = Pick<BuiltImage, "reference" | "digest" | "layout">;

export interface PushTarget {
  readonly crane: string;
  readonly address: string;
  /** Prefix of every command, to enter the network in which the registry listens. */
  readonly enter?: readonly string[];
}

const startSeconds = 15;

/** Registers images in a registry that has just been started with `registryCommand`. */
export async function pushImages(images: readonly PushedImage[], target: PushTarget): Promise<void> {
  // Without namespaces to enter, `env` is a prefix that does nothing.
  const crane = (...args: readonly string[]): Promise<string> =>
    run("env", [...(target.enter ?? []), target.crane, ...args]);
  await waitUntilServing(() => crane("catalog", target.address), target.address);
  for (const { reference, digest, layout } of images) {
    const name = `${target.address}/${registryPath(reference)}`;
    await crane("push", layout, name);
    const found = (await crane("digest", name)).trim();
    if (found !== digest) throw new Error(`the registry has ${found} for ${reference}, not ${digest}`);
  }
}

async function waitUntilServing(ask: () => Promise<unknown>, address: string): Promise<void> {
  const deadline = Date.now() + startSeconds * 1000;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`no registry answers on ${address} after ${startSeconds} s: ${String(error)}`);
      await sleep(100);
    }
  }
}
