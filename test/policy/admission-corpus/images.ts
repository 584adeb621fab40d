// Which images may run where the platform has a say.
import {
  container,
  controller,
  create,
  cronJob,
  EXACT_IMAGE,
  job,
  type Place,
  pod,
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
  create("image by digest alone", of(`docker.io/library/postgres@${DIGEST}`)),
  create("image that says latest and has a digest", of(`docker.io/library/postgres:latest@${DIGEST}`)),
  create("image without a tag", of("docker.io/library/postgres"), NO),
  create("image without anything", of("postgres"), NO),
  create("image without a tag on a port", of("registry.example.org:5000/app"), NO),
  create("image with a tag on a port", of("registry.example.org:5000/app:1.2")),
  create("image from a folder called latest", of("registry.example.org:5000/latest/app:1.2")),
  create("image called latest", of("registry.example.org/latest:1.2")),
  create("latest image", of("docker.io/library/postgres:latest"), NO),
  create("latest variant", of("docker.io/library/postgres:latest-alpine"), NO),
  create("stable branch", of("ghcr.io/example/app:main-stable"), NO),
  create("nightly build", of("ghcr.io/example/app:v2-nightly"), NO),
  create("version with a word that only begins like one that moves", of("ghcr.io/example/app:1.0-developer")),
  create(
    "latest init container",
    pod({ spec: { initContainers: [container("init", { image: "app:latest" })] } }),
    NO,
  ),
  create(
    "latest second container",
    pod({ spec: { containers: [container("b", { image: "app:latest" })] } }),
    NO,
  ),
  create("latest image of the platform", of("app:latest", { namespace: "platform" }), NO),
  create("latest image in a namespace of nobody", of("app:latest", { namespace: "unmanaged" })),
  create("latest image of a deployment", controller("Deployment", { image: "app:latest" }), NO),
  create("latest image of a stateful set", controller("StatefulSet", { image: "app:latest" }), NO),
  create("latest image of a daemon set", controller("DaemonSet", { image: "app:latest" }), NO),
  create("latest image of a job", job({ image: "app:latest" }), NO),
  create("latest image of a cron job", cronJob({ image: "app:latest" }, {}), NO),
  create("exact image of a daemon set", controller("DaemonSet", {})),
  update("pod that changes to latest", of(EXACT_IMAGE), of("app:latest"), NO),
  update("pod that changes its version", of(EXACT_IMAGE), of("app:1.0.1")),
  update("old pod that is labelled", of("app:latest"), of("app:latest", { labels: { seen: "yes" } })),
  update(
    "deployment that changes to latest",
    controller("Deployment", {}),
    controller("Deployment", { image: "app:latest" }),
    NO,
  ),
  update("cron job that changes to latest", cronJob({}, {}), cronJob({ image: "app:latest" }, {}), NO),
  update(
    "old deployment that is scaled and stays with its image",
    controller("Deployment", { image: "app:latest" }),
    controller("Deployment", { image: "app:latest" }, {}, { replicas: 3 }),
  ),
  update(
    "latest container to look into a pod",
    of(EXACT_IMAGE),
    debugged(of(EXACT_IMAGE), "busybox:latest"),
    NO,
    {
      subresource: "ephemeralcontainers",
    },
  ),
  update(
    "exact container to look into a pod",
    of(EXACT_IMAGE),
    debugged(of(EXACT_IMAGE), "busybox:1.37.0"),
    undefined,
    {
      subresource: "ephemeralcontainers",
    },
  ),
];

function debugged(object: Manifest, image: string): Manifest {
  return respecced(object, { ephemeralContainers: [{ name: "debug", image }] });
}

const litellm = (tag: string): Manifest => of(`ghcr.io/berriai/litellm${tag}`, { namespace: "platform" });

const gateway: readonly AdmissionCase[] = [
  create("gateway as it is pinned", litellm("-non_root:v1.108.11")),
  create("gateway at the floor", litellm(":v1.84.0")),
  create("gateway at the floor of a branch", litellm(":v1.84.0-stable.1@" + DIGEST)),
  create("gateway of the next major version", litellm(":v2.0.1")),
  create("gateway below the floor", litellm(":v1.83.9"), OLD),
  create("gateway of an old major version", litellm(":v0.99.0"), OLD),
  create("gateway that was malicious, 1.82.7", litellm(":v1.82.7"), OLD),
  create("gateway that was malicious, 1.82.8, by its database variant", litellm("-database:v1.82.8"), OLD),
  create("old gateway by digest", litellm(`:v1.82.7@${DIGEST}`), OLD),
  create("gateway whose version nobody knows", litellm(`@${DIGEST}`), OLD),
  create("gateway whose tag is a name", litellm(":rc"), OLD),
  create("gateway from a mirror", of("mirror.example.org:5000/llm/litellm:v1.80.0"), OLD),
  create("gateway from nowhere", of("litellm:1.80.0"), OLD),
  create("old gateway in a namespace of nobody", of("litellm:1.80.0", { namespace: "unmanaged" })),
  create("something that is not the gateway", of("ghcr.io/example/not-litellm:1.0.0")),
  create("something in a folder of that name", of("ghcr.io/litellm/proxy:1.0.0")),
  create("old gateway of a deployment", controller("Deployment", { image: "litellm:1.80.0" }), OLD),
  create(
    "old gateway in an init container",
    pod({ spec: { initContainers: [container("i", { image: "litellm:1.0.0" })] } }),
    OLD,
  ),
  update("gateway that goes back", of("litellm:1.90.0"), of("litellm:1.80.0"), OLD),
  update(
    "old gateway that is labelled",
    of("litellm:1.80.0"),
    of("litellm:1.80.0", { labels: { seen: "yes" } }),
  ),
];

export const IMAGE_CASES = [...exact, ...gateway];
