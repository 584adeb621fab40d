import { MOVING_WORDS } from "../../core/image-rules.ts";
import { text } from "../cel.ts";
import type { AdmissionPolicy, Validation } from "../policy.ts";
import { FIRST_REFUSED, IMAGE_RULES, NONE_REFUSED, OWN_NAMESPACES, refusedImages, WHERE } from "./images.ts";

const HAS_NO_DIGEST = `!i.matches(${text("@sha256:[0-9a-f]{64}$")})`;
/**
 * Matches after the last slash, because a host can have a port. A digest also ends like a tag, but contains no
 * moving word.
 */
const HAS_TAG = `i.matches(${text(":[^/:]+$")})`;
const MOVES = `i.matches(${text(`:([^/:]*[^a-z/:])?(${MOVING_WORDS.join("|")})([^a-z/:][^/:]*)?$`)})`;

const EXACT: Validation = {
  expression: NONE_REFUSED,
  message: "an image without a tag, or with one that registries move (latest), and without a digest",
  messageExpression:
    `${WHERE} + 'image ' + ${FIRST_REFUSED} + ' is another one tomorrow. Write an exact version` +
    ` (image: <repository>:<version>), or the digest (image: <repository>@sha256:<digest>)'`,
};

const PINNED: Validation = {
  expression: NONE_REFUSED,
  message: "an image without a digest",
  messageExpression:
    `${WHERE} + 'image ' + ${FIRST_REFUSED} + ' is not pinned. Write its digest, too: image: '` +
    ` + ${FIRST_REFUSED} + '@sha256:<digest>'`,
};

/** @param requireDigests also rejects exact tags: a user who can push to the registry can replace a tag */
export function pinnedImages(requireDigests: boolean): AdmissionPolicy {
  const isRefused = requireDigests ? HAS_NO_DIGEST : `!${HAS_TAG} || ${MOVES}`;
  return {
    name: "llm-platform-pinned-images",
    description:
      "What runs is the image that was reviewed: exact versions, and digests where a stack asks for them.",
    namespaceSelector: OWN_NAMESPACES,
    rules: IMAGE_RULES,
    matchConditions: [],
    variables: refusedImages(isRefused),
    validations: [requireDigests ? PINNED : EXACT],
  };
}
