// Signatures, as Kyverno's real admission controller looks at them: images in a registry of this machine, signed as cosign
// signs them. With a key Kyverno needs no other service.
import { expect } from "chai";
import {
  renderSignedImagePolicy,
  signedImagePolicyName,
} from "../../components/kyverno/render-signed-images.ts";
import { type ImageName, KNOWN_SIGNERS, type Signer } from "../../components/kyverno/signers.ts";
import { IMAGES } from "../../components/core/images.ts";
import { eventually } from "../e2e/kubectl.ts";
import { podSpec } from "../e2e/objects.ts";
import { kyvernoProblem } from "../../sandbox/charts/kyverno.ts";
import type { Manifest } from "./admission-corpus/index.ts";
import { AdmissionServer, type Answer } from "./admission-server.ts";
import { freePort } from "./free-port.ts";
import { KyvernoController } from "./kyverno-controller.ts";
import { publisher, SignedRegistry } from "./signed-registry.ts";

const NAMESPACE = "platform";

describe("policies of signed images, by Kyverno's admission controller", function () {
  this.timeout("3m");
  const [ours, others] = [publisher(), publisher()];
  let server: AdmissionServer;
  let kyverno: KyvernoController;
  let registry: SignedRegistry;
  let images: Readonly<Record<"signed" | "unsigned" | "foreign" | "another" | "keyless", string>>;

  const policy = (
    name: string,
    repository: string,
    signer: Signer,
    action: "audit" | "enforce" = "enforce",
  ) => renderSignedImagePolicy({ name, image: { repository }, signer }, [NAMESPACE], action);

  before("needs Kyverno's Go module", async function () {
    this.timeout("60m"); // Kyverno may have to be built.
    if ((await kyvernoProblem()) !== undefined) return this.skip();
    registry = await SignedRegistry.start();
    images = {
      signed: registry.push("team/app", "1.0.0", ours.privateKey),
      unsigned: registry.push("team/app", "1.0.1"),
      foreign: registry.push("team/app", "1.0.2", others.privateKey),
      another: registry.push("team/app-of-others", "1.0.0"),
      keyless: registry.push("team/keyless", "1.0.0", ours.privateKey),
    };
    server = await AdmissionServer.start();
    kyverno = await KyvernoController.start(server.kubectl);
    const identity = { issuer: "https://issuer.example.org", subject: "https://example.org/release" };
    await kyverno.apply(
      policy("app", `${registry.address}/team/app`, { key: ours.publicKey }),
      policy("keyless", `${registry.address}/team/keyless`, identity),
      policy("absent", `127.0.0.1:${await freePort()}/team/app`, { key: ours.publicKey }),
    );
    await eventually(
      () => ask(images.unsigned),
      ({ status }) => status >= 400,
    );
  });
  after(async () => {
    await (kyverno as KyvernoController | undefined)?.stop();
    await (server as AdmissionServer | undefined)?.stop();
    (registry as SignedRegistry | undefined)?.stop();
  });

  const pod = (image: string, namespace = NAMESPACE, spec: object = {}): Manifest => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "app", namespace },
    spec: podSpec({ image }, spec),
  });
  const ask = (image: string, namespace?: string, spec?: object): Promise<Answer> =>
    server.send("POST", `api/v1/namespaces/${namespace ?? NAMESPACE}/pods`, pod(image, namespace, spec));
  const isRefused = ({ status, message }: Answer) => {
    expect(status, message).to.be.at.least(400);
    expect(message).to.include("denied the request");
    return message;
  };

  it("admit an image that its publisher signed, by digest and by tag", async () => {
    for (const image of [images.signed, images.signed.split("@")[0] ?? ""]) {
      const { status, message } = await ask(image);
      expect(status, message).to.equal(201);
    }
  });

  it("do not change the image reference, which would be drift", async () => {
    const tag = images.signed.split("@")[0] ?? "";
    const { body } = await ask(tag);
    expect((body as { spec: { containers: { image: string }[] } }).spec.containers[0]?.image).to.equal(tag);
  });

  it("reject an unsigned image and one with another signer, with a message", async () => {
    for (const image of [images.unsigned, images.foreign])
      expect(isRefused(await ask(image))).to.include(
        `${registry.address}/team/app needs a signature of its publisher`,
      );
  });

  it("also reject it as an init container", async () => {
    const initContainers = [{ name: "init", image: images.unsigned }];
    isRefused(await ask(images.signed, NAMESPACE, { initContainers }));
  });

  it("also reject it as a volume", async () => {
    const volumes = (reference: string) => ({ volumes: [{ name: "app", image: { reference } }] });
    isRefused(await ask(images.signed, NAMESPACE, volumes(images.unsigned)));
    const { status, message } = await ask(images.another, NAMESPACE, volumes(images.signed));
    expect(status, message).to.equal(201);
  });

  it("also reject it as an ephemeral container", async () => {
    const running = { ...pod(images.signed), metadata: { name: "running", namespace: NAMESPACE } };
    await server.kubectl.create(running);
    const path = `api/v1/namespaces/${NAMESPACE}/pods/running`;
    const add = async (image: string): Promise<Answer> => {
      for (;;) {
        const { body } = await server.send("GET", path);
        const { spec, ...rest } = body as { spec: object };
        const ephemeralContainers = [{ name: "debug", image }];
        const changed = { ...rest, spec: { ...spec, ephemeralContainers } };
        const answer = await server.send("PUT", `${path}/ephemeralcontainers`, changed);
        // A controller was faster.
        if (answer.status !== 409) return answer;
      }
    };
    isRefused(await add(images.unsigned));
    const { status, message } = await add(images.signed);
    expect(status, message).to.equal(200);
  });

  it("ignore other images and other namespaces", async () => {
    expect((await ask(images.another)).status).to.equal(201);
    expect((await ask(images.unsigned, "unmanaged")).status).to.equal(201);
  });

  it("reject the signature of a key if an identity is required", async () => {
    isRefused(await ask(images.keyless));
  });

  it("reject an image whose registry does not answer", async () => {
    const absent = await server.kubectl.value(
      `imagevalidatingpolicy ${signedImagePolicyName("absent")}`,
      ".spec.matchImageReferences[0].glob",
    );
    isRefused(await ask(absent.replace(":*", ":1.0.0")));
  });

  it("only report in audit", async () => {
    await kyverno.apply(policy("app", `${registry.address}/team/app`, { key: ours.publicKey }, "audit"));
    await eventually(
      () => ask(images.unsigned),
      ({ status }) => status === 201,
    );
  });

  it("are accepted for every known signer", async () => {
    const known = Object.entries(KNOWN_SIGNERS) as [
      ImageName,
      NonNullable<(typeof KNOWN_SIGNERS)["litellm"]>,
    ][];
    await kyverno.apply(...known.map(([name, { signer }]) => policy(name, IMAGES[name].repository, signer)));
  });
});
