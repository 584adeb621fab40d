// Which images may run where the platform has a say.
import { OLDEST } from "../../../components/core/image-rules.ts";
import { TAGS } from "../../tags.ts";
import {
  container,
  controller,
  create,
  cronJob,
  EXACT_IMAGE,
  job,
  jobSet,
  type Place,
  pod,
  relabelled,
  respecced,
  update,
} from "./build.ts";
import type { AdmissionCase, Manifest } from "./types.ts";

const NO = { denied: "pinnedImages" } as const;
const OLD = { denied: "gatewayVersion" } as const;
const DIGEST = `sha256:${"0a".repeat(32)}`;
const of = (image: string, place?: Place): Manifest => pod({ image }, place);

const exact: readonly AdmissionCase[] = [
  create("image by version", of("docker.io/library/postgres:18.6")),
  create("image by version and digest", of(`docker.io/library/postgres:18.6@${DIGEST}`)),
  create("image with only a digest", of(`docker.io/library/postgres@${DIGEST}`)),
  create("image that says latest and has a digest", of(`docker.io/library/postgres:latest@${DIGEST}`)),
  create("image without a tag", of("docker.io/library/postgres"), NO),
  create("image without anything", of("postgres"), NO),
  create("image without a tag on a port", of("registry.example.org:5000/app"), NO),
  create("image with a tag on a port", of("registry.example.org:5000/app:1.2")),
  create("image from a folder called latest", of("registry.example.org:5000/latest/app:1.2")),
  create("image called latest", of("registry.example.org/latest:1.2")),
  create("latest variant", of("docker.io/library/postgres:latest-alpine"), NO),
  create("stable branch", of("ghcr.io/example/app:main-stable"), NO),
  create("nightly build", of("ghcr.io/example/app:v2-nightly"), NO),
  ...TAGS.map(({ tag, isExact }, index) =>
    create(`tag ${index} ${tag}`, of(`ghcr.io/example/app:${tag}`), isExact ? undefined : NO),
  ),
  create("digest of a tag that moves", of(`ghcr.io/example/app:lts@${DIGEST}`)),
  // The tag decides, and no runtime takes such a digest.
  create("exact version with a short digest", of("ghcr.io/example/app:1.0@sha256:0a")),
  create("short digest", of("ghcr.io/example/app:latest@sha256:0a"), NO),
  create("short digest of a version that moves", of("ghcr.io/example/app:1.0-lts@sha256:0a"), NO),
];

const litellm = (tag: string): Manifest => of(`ghcr.io/berriai/litellm${tag}`, { namespace: "platform" });

const gateway: readonly AdmissionCase[] = [
  // With a digest, so that only the version decides.
  ...TAGS.map(({ tag, version }, index) => {
    const [major = 0, minor = 0] = version?.split(".").map(Number) ?? [];
    const isNewEnough =
      major > OLDEST.litellm[0] || (major === OLDEST.litellm[0] && minor >= OLDEST.litellm[1]);
    return create(`gateway ${index} ${tag}`, litellm(`:${tag}@${DIGEST}`), isNewEnough ? undefined : OLD);
  }),
  create("gateway as it is pinned", litellm("-non_root:v1.108.11")),
  create("gateway at the floor", litellm(":v1.84.0")),
  create("gateway at the floor of a branch", litellm(`:v1.84.0-stable.1@${DIGEST}`)),
  create("gateway of the next major version", litellm(":v2.0.1")),
  create("gateway below the floor", litellm(":v1.83.9"), OLD),
  create("gateway of an old major version", litellm(":v0.99.0"), OLD),
  create("gateway that was malicious, 1.82.7", litellm(":v1.82.7"), OLD),
  create("gateway that was malicious, 1.82.8, by its database variant", litellm("-database:v1.82.8"), OLD),
  create("old gateway by digest", litellm(`:v1.82.7@${DIGEST}`), OLD),
  create("gateway with an unknown version", litellm(`@${DIGEST}`), OLD),
  create("gateway whose tag is a name", litellm(`:rc@${DIGEST}`), OLD),
  create("gateway from a mirror", of("mirror.example.org:5000/llm/litellm:v1.80.0"), OLD),
  create("something that is not the gateway", of("ghcr.io/example/not-litellm:1.0.0")),
  create("something in a folder of that name", of("ghcr.io/litellm/proxy:1.0.0")),
];

/** An image that is refused, wherever an image can stand. */
function everywhere(what: string, image: string, denied: typeof NO | typeof OLD): AdmissionCase[] {
  const inInit = pod({ spec: { initContainers: [container("init", { image })] } });
  const inVolume = (reference: string) =>
    pod({
      spec: {
        volumes: [
          { name: "files", image: { reference } },
          { name: "empty", emptyDir: {} },
        ],
      },
    });
  const withVolume = { spec: { volumes: [{ name: "files", image: { reference: image } }] } };
  const lookedInto = (by: string): Manifest =>
    respecced(of(EXACT_IMAGE), { ephemeralContainers: [{ name: "debug", image: by }] });
  const ephemeral = { subresource: "ephemeralcontainers" } as const;
  const seen = (object: Manifest): Manifest => relabelled(object, { ...object.metadata.labels, seen: "yes" });
  const kinds = {
    deployment: (shape: object) => controller("Deployment", shape),
    "stateful set": (shape: object) => controller("StatefulSet", shape),
    "daemon set": (shape: object) => controller("DaemonSet", shape),
    "cron job": (shape: object) => cronJob(shape, {}),
    jobset: (shape: object) => jobSet([{}, shape]),
  };
  return [
    create(`${what} of a pod`, of(image), denied),
    create(`${what} in a namespace of the platform`, of(image, { namespace: "platform" }), denied),
    create(`${what} in a namespace outside the platform`, of(image, { namespace: "unmanaged" })),
    create(`${what} in an init container`, inInit, denied),
    create(`${what} in a volume`, inVolume(image), denied),
    create(`exact image in a volume, for the ${what}`, inVolume(EXACT_IMAGE)),
    create(
      `${what} in a second container`,
      pod({ spec: { containers: [container("b", { image })] } }),
      denied,
    ),
    create(`${what} of a job`, job({ image }), denied),
    create(`${what} in a volume of a job`, job(withVolume), denied),
    create(`exact image of a job, for the ${what}`, job({})),
    update(`pod that changes to the ${what}`, of(EXACT_IMAGE), of(image), denied),
    update(`pod that changes its version, for the ${what}`, of(EXACT_IMAGE), of("app:1.0.1")),
    update(`old pod that is labelled, with the ${what}`, of(image), seen(of(image))),
    update(`old pod that is labelled, with the ${what} in an init container`, inInit, seen(inInit)),
    update(
      `old pod that is labelled, with the ${what} to look into it`,
      lookedInto(image),
      seen(lookedInto(image)),
    ),
    update(`${what} to look into a pod`, of(EXACT_IMAGE), lookedInto(image), denied, ephemeral),
    update(
      `exact image to look into a pod, for the ${what}`,
      of(EXACT_IMAGE),
      lookedInto(EXACT_IMAGE),
      undefined,
      ephemeral,
    ),
    update(`old job that is labelled, with the ${what}`, suspended(image), seen(suspended(image))),
    ...Object.entries(kinds).flatMap(([kind, make]) => [
      create(`${what} of a ${kind}`, make({ image }), denied),
      create(`${what} in a volume of a ${kind}`, make(withVolume), denied),
      create(`exact image of a ${kind}, for the ${what}`, make({})),
      update(`old ${kind}, labelled, with a volume of ${what}`, make(withVolume), seen(make(withVolume))),
      update(`${kind} that changes to the ${what}`, make({}), make({ image }), denied),
      update(`old ${kind} that is labelled, with the ${what}`, make({ image }), seen(make({ image }))),
    ]),
  ];
}

const suspended = (image: string): Manifest => job({ image }, {}, undefined, { suspend: true });

export const IMAGE_CASES = [
  ...exact,
  ...everywhere("latest image", "app:latest", NO),
  ...gateway,
  ...everywhere("old gateway", "litellm:1.80.0", OLD),
];
