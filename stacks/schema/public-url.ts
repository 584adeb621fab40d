import { z } from "zod";

/** An address without a path. */
export const PUBLIC_URL_EXAMPLE = "https://llm.example.org";

/** The address in the browsers of people. Services compare it with the origin of a request. */
export const publicUrlSchema = z
  .string()
  .refine(isOrigin, `an address without a path: ${PUBLIC_URL_EXAMPLE}`)
  .optional()
  .describe(
    "Address in the browser, for `nodePort` and `loadBalancer`, or for a proxy in front of them. With a host name in the exposure it follows from that name. Without an exposure it is `http://localhost` with the service's port.",
  )
  .meta({ example: PUBLIC_URL_EXAMPLE });

function isOrigin(url: string): boolean {
  return /^https?:\/\//.test(url) && URL.canParse(url) && new URL(url).origin === url;
}
