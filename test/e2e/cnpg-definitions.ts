import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The release that the operator's chart installs (components/postgres/cnpg/chart.ts), by the hash of Go's checksum database. */
const MODULE = "github.com/cloudnative-pg/cloudnative-pg@v1.30.0";
const SUM = "h1:fnhVq44xXx97MNiuvJsPrX1vSjYbgdyBK5MSGfdHdp0=";

/** The folder with CloudNativePG's own definitions of its kinds, out of its Go module. */
export function cnpgDefinitions(): string {
  const found = JSON.parse(
    // Outside of any module.
    execFileSync("go", ["mod", "download", "-json", MODULE], { cwd: tmpdir(), encoding: "utf8" }),
  ) as { Dir: string; Sum: string };
  if (found.Sum !== SUM) throw new Error(`${MODULE} has the hash ${found.Sum}, not ${SUM}`);
  return join(found.Dir, "config", "crd", "bases");
}
