// Python for the scripts of Jobs: the base with a user.
// Like the official image: `python3` on the PATH, no entry point, no user of its own (pods say theirs).
// What differs: Python 3.11 of Debian 12 in the place of 3.14, in /usr/bin; no pip.
import { base } from "../base/index.ts";
import { files } from "../files.ts";
import type { Recipe } from "../recipe.ts";

export const python: Recipe = {
  name: "python",
  layers: [base, files("users", import.meta.dirname, [])],
  config: {
    uid: 65534,
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    command: ["python3"],
    ports: [],
    version: "3.11",
  },
};
