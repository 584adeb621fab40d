import { engineProblem, signatureProblem } from "../../../components/kyverno/engine.ts";
import { KNOWN_SIGNERS } from "../../../components/kyverno/signers.ts";
import { type ConfigPath, type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import type { ImageName } from "../../feature.ts";
import { imageOf } from "../../images.ts";
import { type KyvernoStack, signerOf } from "./kyverno.ts";

const SIGNED_IMAGES = ["security", "policies", "signedImages"];
const at = (...keys: (string | number)[]): ConfigPath => ["security", "kyverno", ...keys];

/**
 * The problems of the section `security.kyverno`, and of the policy that needs Kyverno.
 * @param running the names of the images that the stack runs
 */
export function kyvernoProblems(config: KyvernoStack, running: readonly ImageName[]): ConfigProblem[] {
  const { features, security } = config;
  if (!features.security) return [];
  const wantsSignatures = security.policies.signedImages !== "off";
  if (security.engine === "native") {
    if (!wantsSignatures) return [];
    return [
      {
        path: SIGNED_IMAGES,
        value: security.policies.signedImages,
        reason: "only Kyverno can verify signatures (security.engine is native)",
        fix: `${fixCommand(["security", "engine"], "kyverno")}  (or: ${fixCommand(SIGNED_IMAGES, "off")})`,
      },
    ];
  }
  return [
    ...placeProblems(config),
    ...chartProblems(config),
    ...(wantsSignatures ? signerProblems(config, running) : []),
  ];
}

function placeProblems({ security: { kyverno } }: KyvernoStack): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  // stacks/rules/namespaces.ts checks a namespace that the stack creates.
  if (kyverno.namespaceExists && kyverno.namespace === "kube-system") {
    problems.push({
      path: at("namespace"),
      value: kyverno.namespace,
      reason: "must be Kyverno's own namespace, which its webhooks exclude",
      fix: fixCommand(at("namespace")),
    });
  }
  if (!kyverno.namespaceExists && kyverno.apiServer.cidrs.length === 0) {
    problems.push({
      path: at("apiServer", "cidrs"),
      reason:
        "is required: the Kubernetes API and Kyverno call each other, and network policies deny undeclared addresses",
      fix: `${fixCommand(at("apiServer", "cidrs", 0), "<address>/32")}  (kubectl get endpointslices -n default)`,
    });
  }
  return problems;
}

function chartProblems({ security: { kyverno, policies } }: KyvernoStack): ConfigProblem[] {
  const reason =
    engineProblem(kyverno.version) ??
    (policies.signedImages === "off" ? undefined : signatureProblem(kyverno.version));
  if (reason === undefined) return [];
  return [{ path: at("version"), value: kyverno.version, reason, fix: fixCommand(at("version")) }];
}

function signerProblems(config: KyvernoStack, running: readonly ImageName[]): ConfigProblem[] {
  const { signers } = config.security.kyverno;
  const problems: ConfigProblem[] = [];
  for (const [name, { publicKey, issuer, subject, subjectRegExp }] of Object.entries(signers)) {
    const path = at("signers", name);
    if (!(running as readonly string[]).includes(name)) {
      problems.push({
        path,
        reason: `the stack does not run this image (it runs: ${[...running].sort().join(", ")})`,
        fix: removeCommand(path),
      });
      continue;
    }
    const identity = issuer !== undefined && (subject === undefined) !== (subjectRegExp === undefined);
    const isOne =
      publicKey === undefined
        ? identity
        : issuer === undefined && subject === undefined && subjectRegExp === undefined;
    if (isOne) continue;
    problems.push({
      path,
      reason: "must have either publicKey, or issuer with subject or subjectRegExp",
      fix: `${fixCommand([...path, "issuer"])} && ${fixCommand([...path, "subject"])}`,
    });
  }
  for (const name of running) {
    const known = KNOWN_SIGNERS[name];
    const image = imageOf(config, name);
    if (known === undefined || known.tag === image.tag || signers[name] !== undefined) continue;
    problems.push({
      path: at("signers", name),
      reason: `is required: who signed ${image.repository}:${image.tag} is not known (the known signer is that of ${known.tag})`,
      fix: `${fixCommand(at("signers", name, "issuer"))} && ${fixCommand(at("signers", name, "subject"))}`,
    });
  }
  const isInert = problems.length === 0 && running.every((name) => signerOf(config, name) === undefined);
  if (isInert) {
    problems.push({
      path: SIGNED_IMAGES,
      value: config.security.policies.signedImages,
      reason: "no image of the stack has a known signer, so no signature would be verified",
      fix: fixCommand(SIGNED_IMAGES, "off"),
    });
  }
  return problems;
}
