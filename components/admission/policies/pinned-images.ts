import { MOVING_TAG, VERSION_TAG } from "../../core/tags.ts";
import { text } from "../cel.ts";
import type { AdmissionPolicy, Validation } from "../policy.ts";
import {
  FIRST_REFUSED,
  IMAGE_RULES,
  NONE_REFUSED,
  OWN_NAMESPACES,
  refusedImages,
  TAG,
  WHERE,
} from "./images.ts";

const HAS_NO_DIGEST = `!i.matches(${text("@sha256:[0-9a-f]{64}$")})`;
const IS_EXACT = `${TAG}.matches(${text(`^:${VERSION_TAG}$`)}) && !${TAG}.matches(${text(MOVING_TAG)})`;

const EXACT: Validation = {
  expression: NONE_REFUSED,
  message: "an image without a digest whose tag is missing, or is not an exact version",
  messageExpression:
    `${WHERE} + 'image ' + ${FIRST_REFUSED} + ' has no exact version, so its content can change. Use an exact` +
    ` version (<repository>:<version>) or the digest (<repository>@sha256:<digest>)'`,
};

const PINNED: Validation = {
  expression: NONE_REFUSED,
  message: "an image without a digest",
  messageExpression:
    `${WHERE} + 'image ' + ${FIRST_REFUSED} + ' has no digest, so its content can change. Add the digest: '` +
    ` + ${FIRST_REFUSED} + '@sha256:<digest>'`,
};

/** @param requireDigests also rejects exact tags: a user who can push to the registry can replace a tag */
export function pinnedImages(requireDigests: boolean): AdmissionPolicy {
  const isRefused = requireDigests ? HAS_NO_DIGEST : `${HAS_NO_DIGEST} && !(${IS_EXACT})`;
  return {
    name: "llm-platform-pinned-images",
    description:
      "Every image has an exact version or a digest. With `security.requireDigests` it has a digest.",
    namespaceSelector: OWN_NAMESPACES,
    rules: IMAGE_RULES,
    matchConditions: [],
    variables: refusedImages(isRefused),
    validations: [requireDigests ? PINNED : EXACT],
  };
}
