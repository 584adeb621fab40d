import { OLDEST } from "../../core/image-rules.ts";
import { TAG_VERSION } from "../../core/tags.ts";
import { text } from "../cel.ts";
import type { AdmissionPolicy } from "../policy.ts";
import {
  FIRST_REFUSED,
  IMAGE_RULES,
  NONE_REFUSED,
  OWN_NAMESPACES,
  refusedImages,
  TAG,
  WHERE,
} from "./images.ts";

const [MAJOR, MINOR] = OLDEST.litellm;

/** Matches the last part of the repository, in any registry: litellm, litellm-non_root, litellm-database. */
const IS_GATEWAY = `i.matches(${text("(^|/)litellm[^/:@]*([:@]|$)")})`;
/** Empty if the tag begins with no version: an unknown version does not count as new enough. */
const VERSION = `${TAG}.find(${text(`^:${TAG_VERSION.tag}`)}).find(${text(TAG_VERSION.numbers)})`;
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
        message: `an image of LiteLLM that is older than ${MAJOR}.${MINOR}, or whose tag names no version`,
        messageExpression:
          `${WHERE} + 'image ' + ${FIRST_REFUSED} + ' is LiteLLM of a version below ${MAJOR}.${MINOR}, which has known` +
          ` vulnerabilities, or of an unknown version. Use a tag that begins with version ${MAJOR}.${MINOR} or newer'`,
      },
    ],
  };
}
