/**
 * The places of a pod spec that name an image: lists, and the path to the image in each element. A test compares them
 * with the OpenAPI schema of the API server (test/policy/admission-native.test.ts).
 */
export const IMAGE_PLACES = [
  { list: "containers", path: ["image"] },
  { list: "initContainers", path: ["image"] },
  { list: "ephemeralContainers", path: ["image"] },
  { list: "volumes", path: ["image", "reference"] },
] as const;
