// Kueue's manager from its Go module.
// Like the official image: the manager at /manager, user 65532.
// What differs: Debian's base in the place of distroless, and no alpha library of the simulation of the scheduler.
import { base } from "../base/index.ts";
import { files } from "../files.ts";
import { programs } from "../programs.ts";
import type { Recipe } from "../recipe.ts";

export const kueue: Recipe = {
  name: "kueue",
  layers: [
    base,
    programs("Kueue from its Go module", "kueue", { manager: "kueue" }),
    files("users", import.meta.dirname, [{ name: "nonroot", uid: 65532, home: "/home/nonroot" }]),
  ],
  config: {
    uid: 65532,
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    entrypoint: ["/manager"],
    ports: [9443, 8081],
    version: "0.19.2",
  },
};
