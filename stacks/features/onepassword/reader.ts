import type * as pulumi from "@pulumi/pulumi";
import { ONEPASSWORD } from "../../../components/onepassword/endpoints.ts";
import { OnePasswordReader } from "../../../components/onepassword/read-field.ts";
import type { OnePasswordConfig } from "./schema.ts";

/** The program's own access. Created only if a credential is read, because it needs a plugin that may not be installed. */
export function buildOnePasswordReader(
  { reader: { token = "", url } }: OnePasswordConfig,
  configKey: (key: string) => pulumi.Output<string>,
): OnePasswordReader {
  const value = configKey(token);
  return new OnePasswordReader(
    `${ONEPASSWORD}-reader`,
    url === undefined ? { serviceAccountToken: value } : { url, token: value },
  );
}
