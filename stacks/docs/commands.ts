import { readFileSync } from "node:fs";
import { join } from "node:path";
import { table } from "./table.ts";

const MAKEFILE = join(import.meta.dirname, "..", "..", "Makefile");

/** The commands of the Makefile, from the comments that `make help` shows. */
export function commandsTable(): string {
  const lines = readFileSync(MAKEFILE, "utf8").matchAll(/^([a-z0-9-]+):.*?## (.+)$/gm);
  return table(
    ["command", "what it does"],
    [...lines].map(([, name = "", what = ""]) => [`\`make ${name}\``, what]),
  );
}
