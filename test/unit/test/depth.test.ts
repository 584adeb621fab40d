import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { checkout } from "../../../sandbox/paths.ts";
import { pick, sampleOf } from "../../depth.ts";

const ITEMS = Array.from({ length: 100 }, (_, index) => `item ${String(index)}`);
const self = (item: string): string => item;

describe("the sample of a long tail", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(pick(ITEMS, 10, self, "1")).to.deep.equal(pick(ITEMS, 10, self, "1"));
    expect(pick(ITEMS, 10, self, "1")).to.not.deep.equal(pick(ITEMS, 10, self, "2"));
  });
  it("has the requested number, in order", () => {
    const chosen = pick(ITEMS, 10, self, "1");
    expect(chosen).to.have.length(10);
    expect(chosen).to.deep.equal(ITEMS.filter((item) => chosen.includes(item)));
  });
  it("changes by one at most when one item is added", () => {
    const chosen = pick(ITEMS, 10, self, "1");
    const next = pick([...ITEMS, "one more"], 10, self, "1");
    expect(next.filter((item) => !chosen.includes(item))).to.have.length.at.most(1);
  });
  it("is everything, where that is no more", () =>
    expect(sampleOf("items", ITEMS, 100, self)).to.equal(ITEMS));
});

describe("the long tail", () => {
  it("is listed in CONTRIBUTING.md, by every file that has some of it", () => {
    const files = readdirSync(join(checkout, "test"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && file !== "unit/test/depth.test.ts")
      .filter((file) => /from "[./]+depth\.ts"/.test(readFileSync(join(checkout, "test", file), "utf8")));
    const text = readFileSync(join(checkout, "CONTRIBUTING.md"), "utf8");
    const listed = [...text.matchAll(/^\| `(test\/\S+)` /gm)].map(([, file]) => file);
    expect([...new Set(listed)]).to.have.members(files.map((file) => `test/${file}`));
  });
});
