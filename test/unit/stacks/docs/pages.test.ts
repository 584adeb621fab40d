import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { checkout } from "../../../../sandbox/paths.ts";
import { BLOCKS } from "../../../../stacks/docs/blocks.ts";
import { pages, renderPage } from "../../../../stacks/docs/main.ts";
import { blockNames, fillBlocks } from "../../../../stacks/docs/pages.ts";

describe("the documentation", () => {
  for (const page of pages()) {
    it(`has the generated blocks that the program renders: ${page} (npm run docs:fix)`, async () => {
      const { found, wanted } = await renderPage(page);
      expect(found).to.equal(wanted);
    });
  }

  it("shows every block on a page", () => {
    const shown = pages().flatMap((page) => blockNames(readFileSync(join(checkout, page), "utf8")));
    expect(new Set(shown)).to.deep.equal(new Set(Object.keys(BLOCKS)));
  });
});

describe("a generated block", () => {
  const page = "a\n\n<!-- generated: x -->\nold\n<!-- end -->\n\nb\n";

  it("replaces only the text between its markers", () =>
    expect(fillBlocks(page, { x: () => "new" })).to.equal(
      "a\n\n<!-- generated: x -->\n\nnew\n\n<!-- end -->\n\nb\n",
    ));

  it("stays the same when it is filled again", () => {
    const once = fillBlocks(page, { x: () => "$1 new" });
    expect(fillBlocks(once, { x: () => "$1 new" })).to.equal(once);
  });

  it("with an unknown name fails", () =>
    expect(() => fillBlocks(page, { y: () => "" })).to.throw('there is no block "x". Blocks: y'));
});
