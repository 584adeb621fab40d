// The one file that an old Node can read: it says which version the TypeScript sources need, and why.
import { readFileSync } from "node:fs";

const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const needed = engines.node.replace(">=", "").split(".").map(Number);
const found = process.versions.node.split(".").map(Number);
if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  console.error(
    `llm-platform needs Node ${engines.node}, this is ${process.versions.node}: ` +
      "it runs its TypeScript sources without a build, which older versions cannot. Install a newer Node, or use `make up`.",
  );
  process.exit(1);
}
