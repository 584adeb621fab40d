import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The release whose objects the component creates, by the hash of Go's checksum database. */
const MODULE = "sigs.k8s.io/kueue@v0.19.2";
const SUM = "h1:mPNzr37u0nwI7ikST5QQl5gg6EgtYOAvC9ZbTgywdN8=";

/** The folder with Kueue's own definitions of its kinds, out of its Go module. */
export function kueueDefinitions(): string {
  const found = JSON.parse(
    // Outside of any module.
    execFileSync("go", ["mod", "download", "-json", MODULE], { cwd: tmpdir(), encoding: "utf8" }),
  ) as { Dir: string; Sum: string };
  if (found.Sum !== SUM) throw new Error(`${MODULE} has the hash ${found.Sum}, not ${SUM}`);
  return join(found.Dir, "config", "components", "crd", "bases");
}
