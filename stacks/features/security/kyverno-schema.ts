import { z } from "zod";
import { KYVERNO_CHART } from "../../../components/kyverno/chart.ts";
import { apiServerSchema } from "../../schema/api-server.ts";
import { chartKeys } from "../../schema/chart.ts";
import { namespaceName } from "../../schema/names.ts";

const PUBLIC_KEY = /^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\s*$/;
/** A host, perhaps with a port and a path: `registry.example.org:5000/mirror`. */
const REGISTRY = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._/-]+)?$/;

/** An example key. Its private key does not exist, so no image has a valid signature for it. */
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
      .describe("The publisher's public key in PEM format, if images are signed with a key.")
      .meta({ example: EXAMPLE_KEY }),
    issuer: z
      .url({ protocol: /^https$/, error: "an https:// address" })
      .optional()
      .describe("Without a key: the issuer of the signer's identity.")
      .meta({ example: "https://token.actions.githubusercontent.com" }),
    subject: z
      .string()
      .min(1)
      .optional()
      .describe("The exact identity of the signer. For a GitHub workflow, its URL with branch or tag.")
      .meta({ example: "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main" }),
    subjectRegExp: z
      .string()
      .regex(
        /^\^[^*]{8}/,
        "an expression that begins with ^ and says something: any identity would do otherwise",
      )
      .optional()
      .describe("Instead of `subject`: a regular expression for the identity.")
      .meta({ example: "^https://github\\.com/example/app/" }),
  })
  .describe("The signer of the image: a key, or an issuer with a subject or an expression.");

/** Kyverno, if it is the engine of the admission policies. */
export const kyvernoSchema = z
  .strictObject({
    namespace: namespaceName
      .default("kyverno")
      .describe("Kyverno's own namespace, which its webhooks exclude. A cluster can have one Kyverno.")
      .meta({ example: "kyverno" }),
    namespaceExists: z
      .boolean()
      .default(false)
      .describe(
        "Uses the existing namespace. The stack creates neither the Namespace nor network policies in it. Its owner must allow connections between Kyverno and the Kubernetes API, in both directions.",
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
      .describe("The registry of Kyverno's own images; that of the chart when left out.")
      .meta({ example: "registry.example.org" }),
    signers: z
      .record(z.string().min(1), signer)
      .default({})
      .describe(
        "The signer of an image, by its name in `images`, if the platform does not know it: for another version, a mirror, or an image without a known signer (docs/kyverno.md).",
      ),
  })
  .prefault({})
  .describe("Kyverno, if `security.engine` is `kyverno`.");

/** The checked section `security.kyverno` of a stack's configuration. */
export type KyvernoConfig = z.output<typeof kyvernoSchema>;
