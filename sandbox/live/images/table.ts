// The one table: which recipe stands for which image of the platform. An image without a recipe is a missing image,
// and its pods say ErrImagePull.
import { imageReference, IMAGES } from "../../../components/core/images.ts";
import { etcd } from "./etcd/index.ts";
import { kueue } from "./kueue/index.ts";
import { litellm } from "./litellm/index.ts";
import { nats } from "./nats/index.ts";
import { openWebui } from "./open-webui/index.ts";
import { phoenix } from "./phoenix/index.ts";
import { postgres } from "./postgres/index.ts";
import { python } from "./python/index.ts";
import type { Recipe } from "./recipe.ts";
import { redis } from "./redis/index.ts";

/** Every recipe. Kueue belongs to the cluster: the platform names no image of it. */
export const recipes = {
  etcd,
  kueue,
  litellm,
  nats,
  "open-webui": openWebui,
  phoenix,
  postgres,
  python,
  redis,
} as const satisfies Record<string, Recipe>;

export interface TableEntry {
  /** The repository that the platform names, with the version that is in it here. */
  readonly reference: string;
  readonly recipe: Recipe;
}

function entry(name: keyof typeof IMAGES, recipe: Recipe): TableEntry {
  const { repository, tag } = IMAGES[name];
  // The text before and after the version is the variant: `v1.108.10`, `2.15.2-alpine`, `version-20.26.1-nonroot`.
  return {
    reference: imageReference({ repository, tag: tag.replace(VERSION, recipe.config.version) }),
    recipe,
  };
}

const VERSION = /\d+(\.\d+)+/;

export const imageTable = {
  postgres: entry("postgres", recipes.postgres),
  redis: entry("redis", recipes.redis),
  nats: entry("nats", recipes.nats),
  etcd: entry("etcd", recipes.etcd),
  python: entry("python", recipes.python),
  phoenix: entry("phoenix", recipes.phoenix),
  litellm: entry("litellm", recipes.litellm),
  openWebui: entry("openWebui", recipes["open-webui"]),
} as const satisfies Partial<Record<keyof typeof IMAGES, TableEntry>>;

export type ImageName = keyof typeof imageTable;
