import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { buildImage, layerKeys, unpackLayers } from "../../../../sandbox/live/images/build.ts";
import { OciStore } from "../../../../sandbox/live/images/oci.ts";
import type { ImageConfig, Layer, Recipe } from "../../../../sandbox/live/images/recipe.ts";

const config: ImageConfig = {
  uid: 999,
  env: { PATH: "/usr/bin", LANG: "C.UTF-8" },
  entrypoint: ["run"],
  command: ["server"],
  workingDir: "/app",
  ports: [5432],
  version: "1.2.3",
};

describe("the image store", () => {
  let folder: string;
  let store: OciStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "llm-platform-store-"));
    store = new OciStore(join(folder, "store"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function tree(name: string, files: Readonly<Record<string, string>>, dateSeconds: number): string {
    const root = join(folder, name);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
      chmodSync(join(root, path), 0o644);
      utimesSync(join(root, path), dateSeconds, dateSeconds);
    }
    return root;
  }

  const entries = (layer: string): string[] =>
    execFileSync("tar", ["--list", "--file", store.blobFile(layer)], { encoding: "utf8" })
      .trim()
      .split("\n");

  it("gives the same files the same digest, independent of dates and order", async () => {
    const one = await store.addLayer(tree("one", { "a/x": "1", "b/y": "2" }, 1_000));
    const other = await store.addLayer(tree("other", { "b/y": "2", "a/x": "1" }, 2_000));
    expect(other).to.deep.equal(one);
    expect(readdirSync(join(store.blobs, "sha256"))).to.have.length(1);
  });

  it("sorts the entries of a layer", async () => {
    const names = Array.from({ length: 40 }, (_, index) => `file-${index + 10}`);
    const shuffled = names.map((_, index) => names[(index * 17) % names.length] ?? "");
    const files = Object.fromEntries(shuffled.map((name) => [name, name]));
    const { digest } = await store.addLayer(tree("one", files, 0));
    expect(entries(digest)).to.deep.equal(["./", ...names.map((name) => `./${name}`)]);
  });

  it("gives other contents, names and modes another digest", async () => {
    const files = { "a/x": "1" };
    const changed = tree("mode", files, 0);
    chmodSync(join(changed, "a/x"), 0o755);
    const digests = await Promise.all(
      [tree("one", files, 0), tree("text", { "a/x": "2" }, 0), tree("name", { "a/z": "1" }, 0), changed].map(
        async (root) => (await store.addLayer(root)).digest,
      ),
    );
    expect(new Set(digests)).to.have.length(4);
  });

  it("names a blob by the hash of its bytes, and knows its length", async () => {
    const blob = await store.addLayer(tree("one", { x: "1" }, 0));
    const bytes = readFileSync(store.blobFile(blob.digest));
    expect(blob).to.deep.equal({
      digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
      bytes: bytes.length,
    });
    expect(readdirSync(store.blobs)).to.deep.equal(["sha256"]);
  });

  it("excludes the given paths", async () => {
    const { digest } = await store.addLayer(tree("one", { "bin/x": "1", "usr/bin/y": "2" }, 0), ["bin"]);
    expect(entries(digest)).to.deep.equal(["./", "./usr/", "./usr/bin/", "./usr/bin/y"]);
  });

  it("writes a layout from index to layers whose digests and sizes hold", async () => {
    const layers = [
      await store.addLayer(tree("one", { x: "1" }, 0)),
      await store.addLayer(tree("two", { y: "2" }, 0)),
    ];
    const digest = await store.addImage("test", layers, config);
    const layout = store.layout("test");
    const read = (file: string): Record<string, unknown> =>
      JSON.parse(readFileSync(join(layout, file), "utf8")) as Record<string, unknown>;
    const blobOf = (found: string): Record<string, unknown> => read(join("blobs", ...found.split(":")));

    expect(read("oci-layout")).to.deep.equal({ imageLayoutVersion: "1.0.0" });
    const [entry] = read("index.json")["manifests"] as [Record<string, unknown>];
    expect(entry).to.deep.include({ digest, platform: { architecture: "amd64", os: "linux" } });
    const manifest = blobOf(digest);
    expect(JSON.stringify(manifest)).to.have.length(entry["size"] as number);
    expect(
      (manifest["layers"] as { digest: string; size: number }[]).map((l) => [l.digest, l.size]),
    ).to.deep.equal(layers.map((layer) => [layer.digest, layer.bytes]));
    expect(blobOf((manifest["config"] as { digest: string }).digest)).to.deep.include({
      rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
      config: {
        User: "999",
        ExposedPorts: { "5432/tcp": {} },
        Env: ["PATH=/usr/bin", "LANG=C.UTF-8"],
        Entrypoint: ["run"],
        Cmd: ["server"],
        WorkingDir: "/app",
        Labels: { "org.opencontainers.image.version": "1.2.3" },
      },
    });
  });

  describe("building an image in it", () => {
    const lines: string[] = [];
    const report = { line: (text: string) => void lines.push(text), status: () => undefined };
    let fills: string[];
    beforeEach(() => {
      fills = [];
      lines.length = 0;
    });

    const layer = (title: string, input: string, file: string): Layer => ({
      title,
      inputs: [input],
      expectedSeconds: 1,
      fill: (context) => {
        fills.push(title);
        writeFileSync(join(context.folder, file), input);
        return Promise.resolve();
      },
    });
    const recipe = (lower: string, upper: string): Recipe => ({
      name: "test",
      layers: [layer("lower", lower, "a"), layer("upper", upper, "b")],
      config,
    });

    it("builds each layer once, and rebuilds those above a changed one", async () => {
      const first = await buildImage(store, recipe("1", "1"), report);
      expect(await buildImage(store, recipe("1", "1"), report)).to.equal(first);
      expect(fills).to.deep.equal(["lower", "upper"]);
      await buildImage(store, recipe("1", "2"), report);
      expect(fills.slice(2)).to.deep.equal(["upper"]);
      await buildImage(store, recipe("2", "2"), report);
      expect(fills.slice(3)).to.deep.equal(["lower", "upper"]);
      expect(lines[0]).to.match(/^image test: lower, 0 MB after \d+ s$/);
    });

    it("rebuilds a layer whose blob is missing", async () => {
      const digest = await buildImage(store, recipe("1", "1"), report);
      rmSync(store.blobs, { recursive: true });
      expect(await buildImage(store, recipe("1", "1"), report)).to.equal(digest);
      expect(fills).to.have.length(4);
    });

    it("gives a layer the file system of those below", async () => {
      const seen: Layer = {
        ...layer("upper", "1", "b"),
        fill: async (context) => {
          fills = readdirSync(await context.root());
        },
      };
      await buildImage(store, { ...recipe("1", "1"), layers: [layer("lower", "1", "a"), seen] }, report);
      expect(fills).to.deep.equal(["a"]);
    });

    it("reports which layer failed and why, and leaves nothing of it", async () => {
      const failing: Layer = {
        ...layer("upper", "1", "b"),
        fill: () => Promise.reject(new Error("no registry")),
      };
      const wanted = { ...recipe("1", "1"), layers: [layer("lower", "1", "a"), failing] };
      const failure = await buildImage(store, wanted, report).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(Error);
      expect((failure as Error).message).to.equal("image test: upper could not be built: no registry");
      expect(readdirSync(store.folder).toSorted()).to.deep.equal(["blobs", "layers"]);
      expect(readdirSync(join(store.folder, "layers"))).to.have.length(1);
    });

    it("unpacks layers over each other, through links of the lower ones", async () => {
      const lower = tree("lower", { "usr/bin/x": "1" }, 0);
      execFileSync("ln", ["-s", "usr/bin", join(lower, "bin")]);
      const blobs = [await store.addLayer(lower), await store.addLayer(tree("upper", { "bin/y": "2" }, 0))];
      const root = await unpackLayers(store, blobs, join(folder, "root"));
      expect(readdirSync(join(root, "usr/bin"))).to.deep.equal(["x", "y"]);
    });
  });

  it("clears away what a killed build has left, and nothing else", async () => {
    const digest = await store.addImage("test", [await store.addLayer(tree("one", { x: "1" }, 0))], config);
    for (const path of ["work-abc/root", "blobs/unfinished-1", "layouts/test.unfinished-2"])
      mkdirSync(join(store.folder, path), { recursive: true });
    await store.removeUnfinished();
    expect(readdirSync(store.folder).toSorted()).to.deep.equal(["blobs", "layouts"]);
    expect(readdirSync(join(store.folder, "layouts"))).to.deep.equal(["test"]);
    expect(readdirSync(store.blobs)).to.deep.equal(["sha256"]);
    expect(readFileSync(store.blobFile(digest), "utf8")).to.include("manifest");
  });

  it("keys a layer by its inputs and everything below", () => {
    const keys = (...inputs: readonly string[]): string[] =>
      layerKeys(
        inputs.map((input) => ({
          title: "",
          inputs: [input],
          expectedSeconds: 1,
          fill: () => Promise.resolve(),
        })),
      );
    expect(keys("a", "b")[0]).to.equal(keys("a", "c")[0]);
    expect(keys("a", "b")[1]).not.to.equal(keys("c", "b")[1]);
  });
});
