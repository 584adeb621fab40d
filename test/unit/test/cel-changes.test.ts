import { expect } from "chai";
import { changed } from "../../policy/admission-corpus/change.ts";
import { changesOf } from "../../policy/cel-changes.ts";

const texts = (text: string): string[] => changesOf(text).map((change) => change.text);

describe("the changes of an expression", () => {
  const CASES: Readonly<Record<string, readonly string[]>> = {
    "'a'": ["'~'"],
    "'0'": ["'1'"],
    "84": ["85"],
    false: ["true"],
    "a && b": ["b", "a"],
    "a || b && c": ["b && c", "a", "a || c", "a || b"],
    "!a": ["a"],
    "a == b": ["a != b"],
    "a.size() > 0": ["a.size() >= 0", "a.size() > 1"],
    "a ? b : c ? d : e": ["b", "c ? d : e", "a ? b : d", "a ? b : e"],
    "a in ['b', 'c']": ["a in ['c']", "a in ['b']", "a in ['~', 'c']", "a in ['b', '~']"],
    "l.exists(k, k == 'x || y')": [
      "l.all(k, k == 'x || y')",
      "l.exists(k, k != 'x || y')",
      "l.exists(k, k == '~')",
    ],
    "m[?'a'].orValue('')": ["m[?'~'].orValue('')", "m[?'a'].orValue('~')"],
    "f(a + b)": ["f(b)", "f(a)"],
    "'it\\'s' == a": ["'it\\'s' != a", "'~' == a"],
    "variables.o.spec": [],
  };
  for (const [text, expected] of Object.entries(CASES))
    it(text, () => expect(texts(text)).to.deep.equal(expected));
});

describe("what is stored, changed as two forms of it differ", () => {
  it("keeps defaults, in lists as well", () =>
    expect(
      changed(
        { a: 1, filled: 2, list: [{ image: "x", filled: 3 }] },
        { a: 1, list: [{ image: "x" }] },
        { a: 1, list: [{ image: "y" }] },
      ),
    ).to.deep.equal({ a: 1, filled: 2, list: [{ image: "y", filled: 3 }] }));

  it("removes only what only the first form has", () =>
    expect(changed({ a: 1, b: 2, filled: 3 }, { a: 1, b: 2 }, { a: 1 })).to.deep.equal({ a: 1, filled: 3 }));

  it("adds what only the second form has", () =>
    expect(changed({ a: { filled: 1 } }, { a: {} }, { a: { b: 2 } })).to.deep.equal({
      a: { filled: 1, b: 2 },
    }));

  it("keeps a list of another length as it is", () =>
    expect(changed({ list: [{ filled: 1 }] }, { list: [{}] }, { list: [{}, {}] })).to.deep.equal({
      list: [{}, {}],
    }));
});
