// What an image is made of. Layers are made once and kept: their key is everything that their bytes depend on.

import type { Report } from "../../report.ts";

/** A layer in the store, by the hash of its tar file. */
export interface Blob {
  readonly digest: string;
  readonly bytes: number;
}

export interface LayerContext {
  /** An empty folder: what lies in it becomes the layer, owned by root, with one date. */
  readonly folder: string;
  /** Shared by builds that may reuse it; never part of the layer. */
  readonly downloads: string;
  readonly report: Report;
  /** A folder with the layers below unpacked, made on the first call. */
  root(): Promise<string>;
}

export interface Layer {
  /** For the progress: `LiteLLM 1.108.10 from PyPI`. */
  readonly title: string;
  /** Pins and sources: the key, with the layers below. */
  readonly inputs: readonly string[];
  readonly expectedSeconds: number;
  fill(context: LayerContext): Promise<void>;
}

export interface Recipe {
  readonly name: string;
  /** The lowest first. */
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

export interface ImageConfig {
  readonly uid: number;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly workingDir?: string;
  readonly ports: readonly number[];
  /** What runs in it: the version of the application as its registry names it. */
  readonly version: string;
}
