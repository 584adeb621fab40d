// The live stack is the dev stack and a few keys: which ones, and what that makes of the program.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { parse } from "yaml";
import { createContext, makeCommand } from "../../../../sandbox/commands/context.ts";
import { CommandError, exitCodes } from "../../../../sandbox/commands/errors.ts";
import { onLive } from "../../../../sandbox/commands/live.ts";
import { urlProblem } from "../../../../sandbox/commands/live-urls.ts";
import { type StackFile, withOverlay } from "../../../../sandbox/commands/stack-config.ts";
import { imageTable } from "../../../../sandbox/live/images/table.ts";
import { liveOverlay } from "../../../../sandbox/live/overlay.ts";
import { checkout } from "../../../../sandbox/paths.ts";
import { podOwners } from "../../../kubernetes.ts";
import { runStack } from "../../../program.ts";

const digest = `sha256:${"1f".repeat(32)}`;
const images = Object.entries(imageTable).map(([name, { reference }]) => ({
  name: name as keyof typeof imageTable,
  reference,
  digest,
}));

const urls = { phoenix: "http://127.0.0.1:10001", "open-webui": "http://127.0.0.1:10002" };

describe("the overlay of the live stack", () => {
  it("contains exactly images by digest, the printed addresses, and the node's own enforcer", () => {
    const overlay = liveOverlay(images, urls);
    expect(overlay.tracing).to.deep.equal({ publicUrl: urls.phoenix });
    expect(overlay.chat).to.deep.equal({ publicUrl: urls["open-webui"] });
    expect(overlay.network).to.deep.equal({ enforcer: "unknown", probe: true });
    expect(Object.keys(overlay).sort()).to.deep.equal(["chat", "images", "network", "tracing"]);
    expect(overlay.images["postgres"]).to.match(/^docker\.io\/library\/postgres:[\d.]+@sha256:(1f){32}$/);
    expect(overlay.images["litellm"]).to.match(
      /^ghcr\.io\/berriai\/litellm-non_root:v[\d.]+@sha256:(1f){32}$/,
    );
  });

  it("gives every pod of the program an image that was built here", async () => {
    const { images: references, network } = liveOverlay(images, urls);
    const settings = Object.fromEntries([
      ...Object.entries(references).map(([name, reference]) => [`images.${name}`, reference]),
      ["network", network],
    ]) as Record<string, unknown>;
    const containers = podOwners(await runStack("dev", settings)).flatMap(({ pod }) => pod.containers);
    expect(containers).to.have.length.greaterThan(2);
    for (const { image } of containers) expect(Object.values(references)).to.include(image);
  });

  it("is laid over sections of the dev stack's file, whose other keys stay", () => {
    const file = parse(readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8")) as StackFile;
    const { config } = withOverlay(file, "llm-platform", liveOverlay(images, urls));
    expect(config?.["llm-platform:chat"]).to.deep.equal({ storageGi: 2, publicUrl: urls["open-webui"] });
    expect(config?.["llm-platform:profile"]).to.equal("dev");
    expect(withOverlay({}, "p", { list: [1] })).to.deep.equal({ config: { "p:list": [1] } });
  });
});

describe("the stack of the live node", () => {
  const context = (stack: string) => createContext({ STACK: stack, SANDBOX_STATE_DIR: "/nowhere" });

  it("is the dev stack's file in a sandbox of its own", () => {
    const { live, stackFile, paths } = context("live");
    expect({ live, stackFile, root: paths.root }).to.deep.equal({
      live: true,
      stackFile: join(checkout, "Pulumi.dev.yaml"),
      root: "/nowhere/live",
    });
    expect(context("dev").live).to.equal(false);
  });

  it("is the stack of `make live`, and other values of STACK are rejected if they need more than the node has", async () => {
    const lengthOf = onLive(({ stack }) => Promise.resolve(stack.length));
    expect(await lengthOf(context("dev"))).to.equal("live".length);
    expect(await lengthOf(context("live"))).to.equal("live".length);
    const error = await lengthOf(context("prod")).catch((thrown: unknown) => thrown);
    expect(error)
      .to.be.instanceOf(CommandError)
      .and.to.include({ exitCode: exitCodes.usage, fix: "make live" });
  });

  it("has its name in the commands of messages", () => {
    expect(makeCommand(context("live"), "up")).to.equal("make up STACK=live");
    expect(makeCommand(context("dev"), "up")).to.equal("make up");
  });
});

describe("a URL that is printed", () => {
  /** Answers with these status codes, one after the other, then is gone. */
  const answering = async (
    codes: readonly number[],
    use: (url: string) => Promise<void>,
  ): Promise<string> => {
    const left = [...codes];
    const server = createServer((_, response) => response.writeHead(left.shift() ?? 500).end());
    await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await use(url);
    const closed = new Promise((settle) => server.close(settle));
    server.closeAllConnections();
    await closed;
    return url;
  };

  it("must answer: a login page counts, a broken server does not", async () => {
    await answering([401], async (url) => void expect(await urlProblem(url, 0)).to.equal(undefined));
    await answering(
      [503],
      async (url) => void expect(await urlProblem(url, 0)).to.equal(`${url} answers 503`),
    );
  });

  it("may take a moment", () =>
    answering([503, 200], async (url) => void expect(await urlProblem(url)).to.equal(undefined)));

  it("is reported with the reason if nothing listens", async () => {
    const url = await answering([], () => Promise.resolve());
    expect(await urlProblem(url, 0)).to.equal(`${url} does not answer: ECONNREFUSED`);
  });
});
