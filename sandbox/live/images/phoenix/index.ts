// Arize Phoenix from PyPI.
// Like arizephoenix/phoenix with the suffix -nonroot: uid 65532, /phoenix, Python as the entry point, ports.
// What differs: Python 3.11 of Debian 12, not 3.13 of a distroless Debian 13; there is a shell; the packages are in
// Python's own folder, not in /phoenix/env.
import { base } from "../base/index.ts";
import { files } from "../files.ts";
import { pypi } from "../pypi.ts";
import type { Recipe } from "../recipe.ts";

const folder = import.meta.dirname;

export const phoenix: Recipe = {
  name: "phoenix",
  layers: [
    base,
    pypi("Phoenix from PyPI", folder, 150),
    files("users", folder, [{ name: "nonroot", uid: 65532, home: "/home/nonroot" }]),
  ],
  config: {
    uid: 65532,
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      LANG: "C.UTF-8",
      PYTHONUNBUFFERED: "1",
    },
    entrypoint: ["/usr/bin/python3"],
    command: ["-m", "phoenix.server.main", "serve"],
    workingDir: "/phoenix",
    ports: [6006, 4317, 9090],
    version: "20.26.1",
  },
};
