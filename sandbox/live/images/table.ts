// The one table: which recipe stands for which image of the platform. An image without a recipe is a missing image,
// and its pods say ErrImagePull.
import { imageReference, IMAGES } from "../../../components/images.ts";
import { etcd } from "./etcd/index.ts";
import { litellm } from "./litellm/index.ts";
import { nats } from "./nats/index.ts";
import { phoenix } from "./phoenix/index.ts";
import { postgres } from "./postgres/index.ts";
import type { Recipe } from "./recipe.ts";
import { redis } from "./redis/index.ts";

/** Every recipe; those that the table does not use wait for their component. */
export const recipes = { etcd, litellm, nats, phoenix, postgres, redis } as const satisfies Record<
  string,
  Recipe
>;

export interface TableEntry {
  /** The repository that the platform names, with the version that is in it here. */
  readonly reference: string;
  readonly recipe: Recipe;
}

function entry(name: keyof typeof IMAGES, recipe: Recipe): TableEntry {
  const { repository, tag } = IMAGES[name];
  const prefix = tag.startsWith("v") ? "v" : "";
  return { reference: imageReference({ repository, tag: `${prefix}${recipe.config.version}` }), recipe };
}

export const imageTable = {
  postgres: entry("postgres", recipes.postgres),
  litellm: entry("litellm", recipes.litellm),
} as const satisfies Partial<Record<keyof typeof IMAGES, TableEntry>>;

export type ImageName = keyof typeof imageTable;
