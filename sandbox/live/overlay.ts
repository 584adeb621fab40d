// The live stack is the dev stack with these keys. No component knows of them: each is one that any stack may set.
// The storage class needs none: the node's default class is called as elsewhere.
import { imageNamed, imageReference } from "../../components/core/images.ts";
import { OPEN_WEBUI } from "../../components/open-webui/endpoints.ts";
import { PHOENIX } from "../../components/phoenix/endpoints.ts";
import type { BuiltImage } from "./images/build.ts";

/** Keys of a stack's configuration, without the project's name before them. */
export function liveOverlay(
  images: readonly Pick<BuiltImage, "name" | "reference" | "digest">[],
  urls: Readonly<Record<typeof PHOENIX | typeof OPEN_WEBUI, string>>,
) {
  return {
    // Both refuse requests from pages of any other address.
    tracing: { publicUrl: urls[PHOENIX] },
    chat: { publicUrl: urls[OPEN_WEBUI] },
    images: Object.fromEntries(
      images.map(({ name, reference, digest }) => [
        name,
        imageReference({ ...imageNamed(reference), digest }),
      ]),
    ),
    // Prisma's engines, through which LiteLLM reaches its database, are in no package registry.
    gateway: { database: false },
    // Without it there are no virtual keys, and no tenant gets the master key.
    tenants: { lab: { gateway: false } },
    // The node has an enforcer of its own (network-policy/), whatever that of the tracked stack is called.
    network: { enforcer: "unknown", probe: true },
  };
}
