import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import { readKubeContexts } from "../../../stacks/kubeconfig.ts";

describe("readKubeContexts", () => {
  let folder: string;
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  before(() => (folder = mkdtempSync(join(tmpdir(), "kubeconfig-"))));
  after(() => rmSync(folder, { recursive: true }));

  const ONE = "current-context: a\ncontexts: [{name: a}, {name: b}]\n";
  const TWO = "current-context: c\ncontexts: [{name: c}]\n";

  it("reads the configured file, whatever the environment contains", () => {
    const path = file("one", ONE);
    expect(readKubeContexts(path, { KUBECONFIG: file("two", TWO) })).to.deep.equal({
      source: path,
      names: ["a", "b"],
      current: "a",
    });
  });

  it("reads all files of $KUBECONFIG; the first current context counts", () => {
    const paths = [file("none", "contexts: [{name: x}]\n"), file("one", ONE), file("two", TWO)];
    expect(readKubeContexts(undefined, { KUBECONFIG: paths.join(delimiter) })).to.deep.equal({
      source: paths.join(", "),
      names: ["x", "a", "b", "c"],
      current: "a",
    });
  });

  it("ignores a missing file of $KUBECONFIG, and lists a context of two files once, like kubectl", () => {
    const paths = [file("one", ONE), join(folder, "absent"), file("again", ONE)];
    expect(readKubeContexts(undefined, { KUBECONFIG: paths.join(delimiter) })).to.deep.equal({
      source: paths.join(", "),
      names: ["a", "b"],
      current: "a",
    });
  });

  it("reads a configured path as one path, with any characters", () => {
    const path = file(`one${delimiter}two`, ONE);
    expect(readKubeContexts(path, {}).names).to.deep.equal(["a", "b"]);
  });

  it("looks in the home directory when nothing is named", () => {
    for (const env of [{}, { KUBECONFIG: "" }]) {
      expect(readKubeContexts(undefined, env).source).to.equal(join(homedir(), ".kube", "config"));
    }
  });

  for (const [what, text] of [
    ["no YAML", "a: b: c"],
    ["no kubeconfig", "contexts: 3"],
    ["no contexts", "kind: Config"],
    ["empty contexts", "contexts:\ncurrent-context: ''\n"],
    ["nothing", ""],
  ] as const) {
    it(`offers no context for a file with ${what}`, () => {
      const path = file("bad", text);
      expect(readKubeContexts(path, {})).to.deep.equal({ source: path, names: [] });
    });
  }

  it("offers no context for a file that is not there", () => {
    const path = join(folder, "absent");
    expect(readKubeContexts(path, {})).to.deep.equal({ source: path, names: [] });
  });
});
