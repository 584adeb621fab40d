import { expect } from "chai";
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { check, resolveConfig } from "prettier";
import { type Image, IMAGES } from "../../../../components/core/images.ts";
import { type Resolution, resolveDigests, writeDigests } from "../../../../sandbox/commands/image-digests.ts";
import { describe as describeResolution } from "../../../../sandbox/commands/pin-images.ts";
import { checkout } from "../../../../sandbox/paths.ts";

const TABLE = join(checkout, "components", "core", "images.ts");
const A = `sha256:${"0a".repeat(32)}`;
const B = `sha256:${"0b".repeat(32)}`;
const TAGS: Readonly<Record<string, Image>> = IMAGES;
const [FIRST = "", SECOND = ""] = Object.keys(TAGS);

function resolved(name: string, digest: string): Resolution {
  const { repository = "", tag = "" } = TAGS[name] ?? {};
  return { name, image: { repository, tag }, digest };
}

describe("writeDigests", () => {
  let source: string;
  before(async () => (source = await readFile(TABLE, "utf8")));

  /** What a program sees that imports the text. */
  async function imported(text: string): Promise<Readonly<Record<string, Image>>> {
    const folder = await mkdtemp(join(tmpdir(), "images-"));
    try {
      await writeFile(join(folder, "images.ts"), text);
      // The table imports it.
      await copyFile(join(dirname(TABLE), "tags.ts"), join(folder, "tags.ts"));
      const module = (await import(join(folder, "images.ts"))) as { IMAGES: Readonly<Record<string, Image>> };
      return module.IMAGES;
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it("writes digests into the real table, and changes nothing else", async () => {
    const text = writeDigests(source, [resolved(FIRST, A), resolved(SECOND, B)]);
    expect(await imported(text)).to.deep.equal({
      ...TAGS,
      [FIRST]: { ...TAGS[FIRST], digest: A },
      [SECOND]: { ...TAGS[SECOND], digest: B },
    });
    const comments = (of: string) => of.split("\n").filter((line) => /^ *(\/\/|\/?\*)/.test(line));
    expect(comments(text)).to.deep.equal(comments(source));
  });

  it("can write every image's", async () => {
    const all = Object.keys(TAGS).map((name) => resolved(name, A));
    const found = Object.values(await imported(writeDigests(source, all)));
    expect(found.map(({ digest }) => digest)).to.deep.equal(all.map(() => A));
  });

  it("leaves what a formatter would leave", async () => {
    const text = writeDigests(source, [resolved(FIRST, A)]);
    expect(await check(text, { ...(await resolveConfig(TABLE)), filepath: TABLE })).to.equal(true);
  });

  it("writes a digest over another, and the same one not at all", () => {
    const once = writeDigests(source, [resolved(FIRST, A)]);
    expect(writeDigests(once, [resolved(FIRST, A)])).to.equal(once);
    expect(writeDigests(once, [resolved(FIRST, B)])).to.equal(once.replace(A, B));
  });

  it("does not change an image that was not resolved, or its old digest", () => {
    const unresolved = { name: FIRST, image: TAGS[FIRST] as Image, reason: "no such host" };
    expect(writeDigests(source, [unresolved])).to.equal(source);
    const pinned = writeDigests(source, [resolved(FIRST, A)]);
    expect(writeDigests(pinned, [unresolved])).to.equal(pinned);
  });

  const [repository, tag] = [TAGS[FIRST]?.repository ?? "", TAGS[FIRST]?.tag ?? ""];
  for (const [what, resolution] of [
    ["another repository", { name: FIRST, image: { repository: `${repository}-2`, tag }, digest: A }],
    ["another tag", { name: FIRST, image: { repository, tag: `${tag}.1` }, digest: A }],
    ["another name", { name: "unknown", image: { repository, tag }, digest: A }],
  ] as const) {
    it(`refuses what is in the table with ${what}`, () => {
      const { name, image } = resolution;
      expect(() => writeDigests(source, [resolution])).to.throw(
        `no entry "${name}" with ${image.repository}:${image.tag} in the table of images`,
      );
    });
  }
});

describe("resolveDigests", () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), "crane-"))));
  after(() => rm(folder, { recursive: true }));

  /** A program in crane's place. */
  async function fakeCrane(script: string): Promise<string> {
    const file = join(folder, "crane");
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }
  const image = { repository: "r.example.org/a", tag: "1.0.0" };

  it("looks up the tag", async () => {
    const crane = await fakeCrane(`[ "$*" = "digest r.example.org/a:1.0.0" ] && echo ${A}`);
    expect(await resolveDigests({ a: { ...image, digest: B } }, crane, process.env)).to.deep.equal([
      { name: "a", image: { ...image, digest: B }, digest: A },
    ]);
  });

  it("reports why a registry returned none", async () => {
    const crane = await fakeCrane("echo warning >&2; echo 'Error: no such host' >&2; exit 1");
    expect(await resolveDigests({ a: image }, crane, process.env)).to.deep.equal([
      { name: "a", image, reason: "Error: no such host" },
    ]);
  });

  for (const said of ["", "<html>", "sha256:abc", `${A} and more`]) {
    it(`does not accept "${said}" as a digest`, async () => {
      const crane = await fakeCrane(`echo '${said}'`);
      const [found] = await resolveDigests({ a: image }, crane, process.env);
      expect(found).to.deep.equal({ name: "a", image, reason: `crane exited with 0 and printed "${said}"` });
    });
  }
});

describe("the report of `make pin-images`", () => {
  const image = { repository: "r.example.org/a", tag: "1.0.0" };
  const lineOf = (resolution: Omit<Extract<Resolution, { digest: string }>, "name">) =>
    describeResolution({ name: "a", ...resolution });

  it("a new digest", () => expect(lineOf({ image, digest: A })).to.equal(`a: r.example.org/a:1.0.0 is ${A}`));
  it("one that is as before", () =>
    expect(lineOf({ image: { ...image, digest: A }, digest: A })).to.equal(
      `a: r.example.org/a:1.0.0 is ${A}, as before`,
    ));
  it("a tag that was moved", () =>
    expect(lineOf({ image: { ...image, digest: A }, digest: B })).to.equal(
      `a: r.example.org/a:1.0.0 WAS ${A} and is now ${B}: the tag was moved`,
    ));
  it("what is not resolved", () =>
    expect(describeResolution({ name: "a", image, reason: "no such host" })).to.equal(
      "a: r.example.org/a:1.0.0 is not resolved and does not change: no such host",
    ));
});
