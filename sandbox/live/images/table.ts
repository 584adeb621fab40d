// The one table: which recipe stands for which image of the platform. An image without a recipe is a missing image,
// and its pods say ErrImagePull.
import { imageReference, IMAGES } from "../../../components/images.ts";
import { litellm } from "./litellm/index.ts";
import { postgres } from "./postgres/index.ts";
import type { Recipe } from "./recipe.ts";

export interface TableEntry {
  /** As the platform's manifests name it; its digest in a public registry is another one. */
  readonly reference: string;
  readonly recipe: Recipe;
}

const reference = (name: keyof typeof IMAGES): string => {
  const { repository, tag } = IMAGES[name];
  return imageReference({ repository, tag });
};

export const imageTable = {
  postgres: { reference: reference("postgres"), recipe: postgres },
  litellm: { reference: reference("litellm"), recipe: litellm },
} as const satisfies Partial<Record<keyof typeof IMAGES, TableEntry>>;

export type ImageName = keyof typeof imageTable;
