import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";

const REFERENCES = "docs/references.md";
/** This file contains the patterns. */
const SELF = "test/unit/docs/references.test.ts";

/** Numbers of findings and sections of notes that are not in this repository. */
const OLD_CITATIONS =
  /\bS[0-9]\.[0-9A-Z]|\bSR[0-9]\b|\.md §|\b(apps|engine|live-apps|litellm-database|peers|policy-engines|sandbox|style|systems)\.md\b/;

interface Line {
  readonly place: string;
  readonly text: string;
}

function tracked(...paths: string[]): string[] {
  return execFileSync("git", ["ls-files", "-z", "--", ...paths], { encoding: "utf8" })
    .split("\0")
    .filter((path) => path !== "");
}

function linesOf(path: string): Line[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .map((text, index) => ({ place: `${path}:${String(index + 1)}`, text }));
}

/** The anchors that GitHub derives from the headings of a page. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^a-z0-9 _-]/g, "")
      .replaceAll(" ", "-"),
  );
}

function anchorsNamed(text: string): string[] {
  return [...text.matchAll(/references\.md#([\w-]*)/g)].map(([, anchor = ""]) => anchor);
}

describe("references", () => {
  const lines = tracked()
    .filter((path) => path !== SELF)
    .flatMap(linesOf);
  const cited = lines.flatMap(({ place, text }) => anchorsNamed(text).map((anchor) => ({ place, anchor })));
  const page = readFileSync(REFERENCES, "utf8");
  const anchors = anchorsOf(page);

  it("are in this repository or upstream", () => {
    const old = lines.filter(({ text }) => OLD_CITATIONS.test(text));
    expect(old.map(({ place, text }) => `${place}: ${text.trim()}`)).to.deep.equal([]);
  });

  it("name sections that exist", () => {
    expect(cited).not.to.deep.equal([]);
    const unknown = cited.filter(({ anchor }) => !anchors.includes(anchor));
    expect(unknown.map(({ place, anchor }) => `${place}: no section #${anchor}`)).to.deep.equal([]);
  });

  it("have one section per anchor, and a citation for each section", () => {
    expect(anchors).to.deep.equal([...new Set(anchors)]);
    const sections = anchorsOf([...page.matchAll(/^### .+$/gm)].join("\n"));
    expect(sections.filter((section) => !cited.some(({ anchor }) => anchor === section))).to.deep.equal([]);
  });
});

describe("the index of the documentation", () => {
  it("lists every page once", () => {
    const listed = [...readFileSync("docs/README.md", "utf8").matchAll(/^- \[[^\]]+\]\(([^)]+)\)/gm)];
    const pages = tracked("docs/*.md").filter((path) => path !== "docs/README.md");
    expect(listed.map(([, page = ""]) => `docs/${page}`).sort()).to.deep.equal(pages);
  });
});
