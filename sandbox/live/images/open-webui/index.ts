// Open WebUI from PyPI.
// Like ghcr.io/open-webui/open-webui with the suffix -slim: no models, no machine learning libraries, no document
// readers; PostgreSQL or SQLite, files on a volume; /app/backend, DATA_DIR below it, port 8080, a default command.
// What differs:
//   the user is 10001 by default, not root;
//   Python 3.11 of Debian 12;
//   the program and its pages are a package, in Python's own folder and not in /app, so it is started by the package's
//   own command where the official image has a script;
//   no OpenTelemetry instrumentation, no Azure search, no source maps.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { base } from "../base/index.ts";
import { files } from "../files.ts";
import { pypi } from "../pypi.ts";
import type { Layer, Recipe } from "../recipe.ts";

const folder = import.meta.dirname;
const packages = "usr/local/lib/python3.11/dist-packages";
const frontend = `${packages}/open_webui/frontend`;

/** Source maps, and the packages of the code interpreter in the browser, which the slim image has not either. */
const unneeded = /\.map$|^pyodide\/.*\.whl$/;

/** The layer without files that only weigh: 240 MB of the package are pages. */
function withoutUnneeded(layer: Layer): Layer {
  return {
    ...layer,
    inputs: [...layer.inputs, frontend, String(unneeded)],
    fill: async (context) => {
      await layer.fill(context);
      const pages = join(context.folder, frontend);
      const paths = await readdir(pages, { recursive: true });
      for (const path of paths.filter((path) => unneeded.test(path))) await rm(join(pages, path));
    },
  };
}

export const openWebui: Recipe = {
  name: "open-webui",
  layers: [
    base,
    withoutUnneeded(pypi("Open WebUI from PyPI", folder, 60)),
    files("users", folder, [{ name: "webui", uid: 10001, home: "/home/webui" }]),
  ],
  config: {
    uid: 10001,
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      LANG: "C.UTF-8",
      PYTHONUNBUFFERED: "1",
      ENV: "prod",
      PORT: "8080",
      DOCKER: "true",
      USE_SLIM_DOCKER: "true",
      SCARF_NO_ANALYTICS: "true",
      DO_NOT_TRACK: "true",
      ANONYMIZED_TELEMETRY: "false",
      DATA_DIR: "/app/backend/data",
    },
    command: ["open-webui", "serve"],
    workingDir: "/app/backend",
    ports: [8080],
    version: "0.12.4",
  },
};
