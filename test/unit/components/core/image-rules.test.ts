import { expect } from "chai";
import { imageProblem, unpinnedImages } from "../../../../components/core/image-rules.ts";
import { type Image, imageReference, IMAGES, parseImage } from "../../../../components/core/images.ts";
import { versionOf } from "../../../../components/core/tags.ts";
import "../../../../stacks/config.ts";
import { imagesProblems } from "../../../../stacks/rules/images.ts";
import { TAGS } from "../../../tags.ts";

const TABLE: [string, Image][] = Object.entries(IMAGES);
/** Projects whose versions have two numbers; of all others two numbers are a series, whose tag moves. */
const TWO_NUMBERS = ["postgres", "postgresCluster"];

describe("the table of images", () => {
  for (const [name, image] of TABLE) {
    it(`names ${name} by a whole reference with an exact version`, () => {
      expect(parseImage(imageReference(image))).to.deep.equal(image);
      expect(imageProblem(name, image)).to.equal(undefined);
      if (!TWO_NUMBERS.includes(name)) expect(image.tag).to.match(/^(v|version-)?\d+\.\d+\.\d+/);
    });

    it(`has the registry of ${name}, because a name without one depends on the node`, () =>
      expect(image.repository).to.match(/^[a-z0-9-]+(\.[a-z0-9-]+)+\//));

    it(`holds no invented digest of ${name}`, () =>
      expect(image.digest ?? `sha256:${"0a".repeat(32)}`).to.match(
        /^sha256:(?=.*[a-f])(?=.*[0-9])[0-9a-f]{64}$/,
      ));
  }

  it("has each image once", () => {
    const references = TABLE.map(([, image]) => imageReference(image));
    expect(new Set(references).size).to.equal(references.length);
  });
});

describe("imageProblem", () => {
  const problem = (tag: string, name = "litellm") =>
    imageProblem(name, { repository: "registry.example.org/image", tag });

  for (const tag of ["v1.84.0", "v1.108.11", "v2.0.0", "1.84.0-rc.1"]) {
    it(`allows LiteLLM ${tag}`, () => expect(problem(tag)).to.equal(undefined));
  }
  for (const tag of ["v1.82.7", "v1.82.8", "v1.83.99", "v0.99.0", "1.9.0", "nothing"]) {
    it(`refuses LiteLLM ${tag}`, () => expect(problem(tag)).to.match(/^is below litellm 1\.84/));
  }
  it("refuses such a LiteLLM by digest too, and from any registry", () =>
    expect(
      imageProblem("litellm", {
        repository: "mirror.example.org/renamed",
        tag: "v1.82.7",
        digest: `sha256:${"0a".repeat(32)}`,
      }),
    ).to.match(/malicious/));
  it("has nothing against the same version of another image", () =>
    expect(problem("1.82.7", "redis")).to.equal(undefined));
});

describe("parseImage", () => {
  for (const { tag, isExact } of TAGS) {
    it(`${isExact ? "accepts" : "refuses"} the tag ${tag}`, () =>
      expect(parseImage(`r.example.org/a:${tag}`) !== undefined).to.equal(isExact));
  }
});

describe("the version in a tag", () => {
  for (const { tag, version } of TAGS)
    it(`${tag}: ${version ?? "none"}`, () => expect(versionOf(tag)?.join(".")).to.equal(version));
});

describe("imagesProblems", () => {
  it("are none without overrides, and with good ones", () => {
    expect(imagesProblems({})).to.deep.equal([]);
    expect(imagesProblems({ litellm: "mirror.example.org/litellm:v1.108.11" })).to.deep.equal([]);
  });
  it("refuse deny-listed overrides, each by its key", () =>
    expect(
      imagesProblems({ litellm: "mirror.example.org/litellm:v1.82.8" }).map(({ path, value, reason }) => [
        path.join("."),
        value,
        reason,
      ]),
    ).to.deep.equal([
      [
        "images.litellm",
        "mirror.example.org/litellm:v1.82.8",
        "is below litellm 1.84: older releases have known vulnerabilities, and two of them are malicious",
      ],
    ]));
  it("contain the command that fixes them", () =>
    expect(imagesProblems({ litellm: "mirror.example.org/litellm:v1.82.8" })[0]?.fix).to.equal(
      `pulumi config set --path 'llm-platform:images.litellm' ${imageReference(IMAGES.litellm)}`,
    ));
});

describe("unpinnedImages", () => {
  const digest = `sha256:${"0a".repeat(32)}`;
  it("are those with only a tag, sorted", () =>
    expect(
      unpinnedImages({
        web: { repository: "r.example.org/web", tag: "1.0.0" },
        pinned: { repository: "r.example.org/pinned", tag: "1.0.0", digest },
        app: { repository: "r.example.org/app", tag: "2.0.0" },
      }),
    ).to.deep.equal(["app (r.example.org/app:2.0.0)", "web (r.example.org/web:1.0.0)"]));
  it("are none when all have a digest", () =>
    expect(unpinnedImages({ a: { repository: "r.example.org/a", tag: "1.0.0", digest } })).to.deep.equal([]));
});
