// The live stack is the dev stack with these keys. Any stack can set them. The storage class needs no key, because the
// node's default class has the usual name.
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
    // Both reject requests from pages with another address.
    tracing: { publicUrl: urls[PHOENIX] },
    chat: { publicUrl: urls[OPEN_WEBUI] },
    images: Object.fromEntries(
      images.map(({ name, reference, digest }) => [
        name,
        imageReference({ ...imageNamed(reference), digest }),
      ]),
    ),
    // The node has its own enforcer (network-policy/) instead of that of the tracked stack.
    network: { enforcer: "unknown", probe: true },
  };
}
