import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";

/** Words that common technical terms replace: "no user", "another user", "shows", "is rejected", "fix", "again", "except". */
const WORDS =
  /\b(nobody|somebody|whoever|tells?|told|mend(s|ed)?|anew|lest|but for|of its own accord|is none of)\b/gi;

/** This file contains the words. */
const SELF = "test/unit/docs/words.test.ts";

const USER = "the name of a Unix user";
const BUILD_KEY = "the text of the file is part of an image's build key";
/** Allowed words by file, with the reason. */
const ALLOWED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "components/litellm/pods.ts": { nobody: USER },
  "sandbox/live/images/base/index.ts": { told: BUILD_KEY },
  "sandbox/live/images/files.ts": { nobody: USER },
  "sandbox/live/images/pypi.ts": { told: BUILD_KEY },
  "test/policy/postgres-server.ts": { nobody: USER },
  "test/unit/sandbox/live/images-locks.test.ts": { nobody: USER },
};

/** The words of a text that its file may not have, and the allowed ones that it has. */
function wordsOf(path: string, text: string) {
  const allowed = ALLOWED[path] ?? {};
  const found = [...new Set(text.match(WORDS)?.map((word) => word.toLowerCase()))];
  return {
    banned: found.filter((word) => !(word in allowed)).map((word) => `${path}: ${word}`),
    allowed: found.filter((word) => word in allowed),
  };
}

describe("the words of the repository", () => {
  const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" })
    .split("\0")
    .filter((path) => path !== "" && path !== SELF && !/\.png$|(^|\/)package-lock\.json$/.test(path))
    .map((path) => ({ path, ...wordsOf(path, readFileSync(path, "utf8")) }));

  it("are plain English", () => expect(files.flatMap(({ banned }) => banned)).to.deep.equal([]));

  it("need each exception", () => {
    const used = Object.fromEntries(
      files.flatMap(({ path, allowed }) => (allowed.length === 0 ? [] : [[path, allowed]])),
    );
    expect(used).to.deep.equal(
      Object.fromEntries(Object.entries(ALLOWED).map(([path, words]) => [path, Object.keys(words)])),
    );
  });

  it("are found in any case", () =>
    expect(wordsOf("a.md", "Whoever can push, and nobody else").banned).to.deep.equal([
      "a.md: whoever",
      "a.md: nobody",
    ]));
});
