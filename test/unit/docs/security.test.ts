import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { checkout } from "../../../sandbox/paths.ts";

describe("SECURITY.md", () => {
  const text = readFileSync(join(checkout, "SECURITY.md"), "utf8");
  const [, scope = ""] = /\n## In scope\n([^]*?)\n## /.exec(text) ?? [];
  const promises = scope
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2);

  it("names a test that exists for each promise", () => {
    expect(promises).not.to.be.empty;
    for (const promise of promises) {
      const files = [...promise.matchAll(/`(test\/[^`]+)`/g)].flatMap(([, file = ""]) => expanded(file));
      expect(files, promise).not.to.be.empty;
      for (const file of files) expect(existsSync(join(checkout, file)), file).to.equal(true);
    }
  });
});

/** As a shell expands `a/{b,c}.ts`. */
function expanded(path: string): string[] {
  const [, before, names, after] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? [];
  return names === undefined
    ? [path]
    : names.split(",").map((name) => `${before ?? ""}${name}${after ?? ""}`);
}
