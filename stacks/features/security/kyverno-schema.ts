import { z } from "zod";
import { KYVERNO_CHART } from "../../../components/kyverno/chart.ts";
import { apiServerSchema } from "../../schema/api-server.ts";
import { chartKeys } from "../../schema/chart.ts";
import { namespaceName } from "../../schema/names.ts";

const PUBLIC_KEY = /^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\s*$/;
/** A host, perhaps with a port and a path: `registry.example.org:5000/mirror`. */
const REGISTRY = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._/-]+)?$/;

/** Nobody's: its private half was never kept, so an image that is held against it is refused. */
const EXAMPLE_KEY = [
  "-----BEGIN PUBLIC KEY-----",
  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5uEZKCUR8SpP1GwOh9alzQ3LSM6Z",
  "ywpbj7rhGVdewukEEFS+AhacuB/xqgEbkPw21cEq7p9iNjbVI8O+eCcATQ==",
  "-----END PUBLIC KEY-----",
].join("\n");

const signer = z
  .strictObject({
    publicKey: z
      .string()
      .regex(PUBLIC_KEY, "a public key in PEM; never the private one")
      .optional()
      .describe("The publisher's public key, in PEM, where images are signed with one.")
      .meta({ example: EXAMPLE_KEY }),
    issuer: z
      .url({ protocol: /^https$/, error: "an https:// address" })
      .optional()
      .describe("Without a key: who vouches for the signer's identity.")
      .meta({ example: "https://token.actions.githubusercontent.com" }),
    subject: z
      .string()
      .min(1)
      .optional()
      .describe("The signer's identity, exactly: of a GitHub workflow, its address with its branch or tag.")
      .meta({ example: "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main" }),
    subjectRegExp: z
      .string()
      .regex(
        /^\^[^*]{8}/,
        "an expression that begins with ^ and says something: any identity would do otherwise",
      )
      .optional()
      .describe("In place of `subject`: a regular expression that the identity matches.")
      .meta({ example: "^https://github\\.com/example/app/" }),
  })
  .describe("Who signs the image: a key; or an issuer, and a subject or an expression for it.");

/** Kyverno, where it is the engine of the admission policies. */
export const kyvernoSchema = z
  .strictObject({
    namespace: namespaceName
      .default("kyverno")
      .describe("Kyverno's own namespace: its webhooks leave it out. There is one Kyverno in a cluster.")
      .meta({ example: "kyverno" }),
    namespaceExists: z
      .boolean()
      .default(false)
      .describe(
        "Takes the namespace as it is: the stack makes no Namespace and no network policy in it. Its owner lets Kyverno reach the Kubernetes API and be reached by it.",
      )
      .meta({ example: "true" }),
    apiServer: apiServerSchema(
      "network policies: Kyverno calls it, and it calls Kyverno's webhooks",
      "Kyverno finds",
    ),
    ...chartKeys(KYVERNO_CHART),
    registry: z
      .string()
      .regex(REGISTRY, "a registry's host, perhaps with a port and a path")
      .optional()
      .describe("The registry that Kyverno's own images come from, where it is not the chart's.")
      .meta({ example: "registry.example.org" }),
    signers: z
      .record(z.string().min(1), signer)
      .default({})
      .describe(
        "The signer of an image, by its name in `images`, if the platform does not know it: for another version, a mirror, or an image without a known signer (docs/kyverno.md).",
      ),
  })
  .prefault({})
  .describe("Kyverno, where `security.engine` is `kyverno`.");

/** The checked section `security.kyverno` of a stack's configuration. */
export type KyvernoConfig = z.output<typeof kyvernoSchema>;
