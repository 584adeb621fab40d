// LiteLLM's proxy from PyPI.
// Like ghcr.io/berriai/litellm-non_root: uid 65534, /app, HOME=/app, arguments of `litellm`, port 4000.
// What differs:
//   1.108.10, not the release that the reference names: the newest of its line that PyPI has;
//   Python 3.11 of Debian, not 3.13 of Wolfi;
//   Prisma's engines are another build, see prisma/; Node.js is in /usr/local/bin;
//   no admin interface build in /var/lib/litellm/ui (the one in the package is served);
//   the sources are in Python's own folder, and /app/litellm is a link to it.
import { base } from "../base/index.ts";
import { debian } from "../debian.ts";
import { files } from "../files.ts";
import { pypi } from "../pypi.ts";
import { prisma, prismaEnv } from "./prisma/index.ts";
import type { Recipe } from "../recipe.ts";

const folder = import.meta.dirname;

export const litellm: Recipe = {
  name: "litellm",
  layers: [
    base,
    pypi("LiteLLM from PyPI", folder, 150),
    // prisma-client-py asks it for its version before it starts the engine.
    debian("OpenSSL from Debian", folder),
    prisma,
    files("entry point", folder, []),
  ],
  config: {
    uid: 65534,
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: "/app",
      LANG: "C.UTF-8",
      LITELLM_NON_ROOT: "true",
      PYTHONUNBUFFERED: "1",
      ...prismaEnv,
    },
    entrypoint: ["litellm"],
    workingDir: "/app",
    ports: [4000],
    version: "1.108.10",
  },
};
