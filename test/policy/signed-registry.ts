// A registry of this machine with small images, some of which are signed as cosign signs them: a tag made of the image's
// digest leads to a manifest whose layer is a statement about the digest, and whose annotation is its signature.
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

interface Blob {
  readonly digest: string;
  readonly content: Buffer;
  readonly mediaType: string;
}

/** A pair of keys, as a publisher has one. */
export function publisher(): { readonly publicKey: string; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(), privateKey };
}

export class SignedRegistry {
  /** `host:port`; clients speak plain HTTP to a loopback. */
  readonly address: string;
  readonly #server: Server;
  readonly #blobs: Map<string, Blob>;

  static async start(): Promise<SignedRegistry> {
    // Manifests by repository and tag, and all that is stored by digest.
    const blobs = new Map<string, Blob>();
    const server = createServer((incoming, outgoing) => {
      const [, repository = "", reference = ""] =
        /^\/v2\/(.+)\/(?:manifests|blobs)\/(.+)$/.exec(incoming.url ?? "") ?? [];
      const found = blobs.get(reference) ?? blobs.get(`${repository}:${reference}`);
      if (incoming.url === "/v2/") outgoing.writeHead(200).end();
      else if (found === undefined) outgoing.writeHead(404).end();
      else {
        const { digest, content, mediaType } = found;
        outgoing.writeHead(200, {
          "content-type": mediaType,
          "content-length": content.length,
          "docker-content-digest": digest,
        });
        outgoing.end(incoming.method === "HEAD" ? undefined : content);
      }
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const { port } = server.address() as AddressInfo;
    return new SignedRegistry(`127.0.0.1:${port}`, server, blobs);
  }

  private constructor(address: string, server: Server, blobs: Map<string, Blob>) {
    this.address = address;
    this.#server = server;
    this.#blobs = blobs;
  }

  /** Puts an image there, and the signatures of its publishers. Its reference by tag and digest. */
  push(repository: string, tag: string, ...keys: readonly KeyObject[]): string {
    const config = this.#store(
      JSON.stringify({ architecture: "amd64", os: "linux", config: { Labels: { tag } } }),
    );
    const { digest } = this.#manifest(repository, tag, { config, layers: [] });
    for (const key of keys) this.#sign(repository, digest, key);
    return `${this.address}/${repository}:${tag}@${digest}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #sign(repository: string, digest: string, key: KeyObject): void {
    const statement = {
      critical: {
        identity: { "docker-reference": `${this.address}/${repository}` },
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
      },
      optional: null,
    };
    const layer = this.#store(JSON.stringify(statement), "application/vnd.dev.cosign.simplesigning.v1+json");
    const signature = sign("sha256", Buffer.from(JSON.stringify(statement)), key).toString("base64");
    const annotations = { "dev.cosignproject.cosign/signature": signature };
    const config = this.#store(JSON.stringify({ architecture: "", os: "", config: {} }));
    const tag = `${digest.replace(":", "-")}.sig`;
    this.#manifest(repository, tag, { config, layers: [{ ...layer, annotations }] });
  }

  #manifest(
    repository: string,
    tag: string,
    parts: { readonly config: object; readonly layers: readonly object[] },
  ) {
    const content = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, ...parts });
    const stored = this.#store(content, MANIFEST);
    const blob = this.#blobs.get(stored.digest);
    if (blob !== undefined) this.#blobs.set(`${repository}:${tag}`, blob);
    return stored;
  }

  #store(text: string, mediaType = "application/vnd.oci.image.config.v1+json") {
    const content = Buffer.from(text);
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    this.#blobs.set(digest, { digest, content, mediaType });
    return { mediaType, digest, size: content.length };
  }
}
