import { OLDEST } from "../../core/image-rules.ts";
import { text } from "../cel.ts";
import type { AdmissionPolicy } from "../policy.ts";
import { FIRST_REFUSED, IMAGE_RULES, NONE_REFUSED, OWN_NAMESPACES, refusedImages, WHERE } from "./images.ts";

const [MAJOR, MINOR] = OLDEST.litellm;

/** Matches the last part of the repository, in any registry: litellm, litellm-non_root, litellm-database. */
const IS_GATEWAY = `i.matches(${text("(^|/)litellm[^/:@]*([:@]|$)")})`;
/**
 * The first two numbers of the tag; empty if there are none, because an unknown version does not count as new
 * enough. A digest has no dots.
 */
const VERSION = `i.find(${text(":[^/]*$")}).find(${text("[0-9]+[.][0-9]+")})`;
const [major, minor] = [0, 1].map((place) => `int(${VERSION}.split('.')[${place}])`) as [string, string];
const IS_OLD = `(${VERSION} == '' || ${major} < ${MAJOR} || ${major} == ${MAJOR} && ${minor} < ${MINOR})`;

/** The floor also excludes the malicious releases 1.82.7 and 1.82.8 (BerriAI/litellm#24512). */
export function gatewayVersion(): AdmissionPolicy {
  return {
    name: "llm-platform-gateway-version",
    description: `LiteLLM is ${MAJOR}.${MINOR} or newer. Older releases have known vulnerabilities, and two of them are malicious.`,
    namespaceSelector: OWN_NAMESPACES,
    rules: IMAGE_RULES,
    matchConditions: [],
    variables: refusedImages(`${IS_GATEWAY} && ${IS_OLD}`),
    validations: [
      {
        expression: NONE_REFUSED,
        message: `an image of LiteLLM that is older than ${MAJOR}.${MINOR}, or whose tag does not say`,
        messageExpression:
          `${WHERE} + 'image ' + ${FIRST_REFUSED} + ' is LiteLLM below ${MAJOR}.${MINOR}, with known vulnerabilities, or of an` +
          ` unknown version. Write a tag of ${MAJOR}.${MINOR} or newer'`,
      },
    ],
  };
}
