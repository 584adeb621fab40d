// Features of stack dev that are turned off and on, and a secret that is written once.
import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { isDeep, sampleOf } from "../depth.ts";
import { differenceOf } from "../difference.ts";
import { EXPECTED } from "../golden/expected.ts";
import type { Workplace } from "../make.ts";
import type { Settings } from "../program.ts";
import { VARIANTS } from "../variants.ts";
import { liveObjects, plannedChanges, stackObjects } from "./stack-objects.ts";

/** Applications that are off in a variant, by their label `app.kubernetes.io/name`. */
const OFF: Readonly<Record<string, readonly string[]>> = {
  "dev-redis-off": ["redis"],
  "dev-nats-off": ["nats"],
  "dev-etcd-off": ["etcd"],
  "dev-tracing-off": ["phoenix"],
  "dev-chat-off": ["open-webui"],
  "dev-gateway-off": ["litellm", "open-webui"],
};
/** Variants that are deployed, not only previewed: an edge of two others, claims of its own, two namespaces. */
const CYCLED = ["dev-redis-off", "dev-nats-off", "dev-gateway-off"];

/** What the golden files say of a variant: resources as "Kind.name". */
function expectedChanges(variant: string): { readonly removed: string[]; readonly changed: string[] } {
  const file = join(EXPECTED, variant, "difference-from-dev.yaml");
  const { added, removed, changed } = parse(readFileSync(file, "utf8")) as {
    readonly added: object;
    readonly removed: readonly string[];
    readonly changed: object;
  };
  expect(added).to.deep.equal({});
  const names = (files: readonly string[]) => files.map((name) => name.slice(name.indexOf("/") + 1)).sort();
  return { removed: names(removed), changed: names(Object.keys(changed)) };
}

/** Leaves the stack as it was. */
export function turnsFeaturesOffAndOn(workplace: Workplace): void {
  const makeDone = workplace.makeDone.bind(workplace);
  const stackFile = join(workplace.sandbox("dev").stackConfigs, "Pulumi.dev.yaml");
  let configuration: string;

  async function set(settings: Settings): Promise<void> {
    const commands = Object.entries(settings).map(
      ([path, value]) => `pulumi config set --path llm-platform:${path} ${JSON.stringify(value)}`,
    );
    await workplace.shellDone("dev", commands.join("\n"));
  }

  describe("its features", () => {
    before(() => {
      configuration = readFileSync(stackFile, "utf8");
    });
    // Each test starts with the configuration of the first update.
    beforeEach(() => writeFileSync(stackFile, configuration));

    describe("a feature", () => {
      for (const [variant, applications] of sampleOf(
        "features whose removal is previewed",
        Object.entries(OFF),
        2,
        ([variant]) => variant,
      )) {
        const settings = VARIANTS.find(({ name }) => name === variant)?.settings ?? {};

        it(`${applications.join(" and ")} off would change exactly what the golden files contain`, async () => {
          await set(settings);
          const planned = await plannedChanges(workplace, "dev");
          expect(planned).to.deep.equal(expectedChanges(variant));
        });
      }

      for (const variant of sampleOf("features that are turned off and on", CYCLED, 1, String)) {
        const applications = OFF[variant] ?? [];
        const settings = VARIANTS.find(({ name }) => name === variant)?.settings ?? {};

        it(`${applications.join(" and ")} off deletes only its objects, and on again restores them`, async () => {
          const { removed, changed } = expectedChanges(variant);
          const resources = await stackObjects(workplace, "dev");
          const before = await liveObjects(workplace, "dev");
          // An update that was killed can leave objects that the state does not know.
          const known = [...resources.values()];
          const orphans = [...before.keys()].filter((object) => !known.includes(object));

          await set(settings);
          const off = await makeDone("up");
          for (const application of applications) {
            expect(off, application).to.not.match(new RegExp(`^${application} `, "m"));
            expect(await remains(application, orphans), application).to.equal("");
          }
          const after = await liveObjects(workplace, "dev");
          const affected = [...removed, ...changed].map((name) => resources.get(name));
          // The status of a quota counts the objects of its namespace, so its version changes with them.
          const untouched = [...before].filter(
            ([object]) => !affected.includes(object) && !object.startsWith("ResourceQuota "),
          );
          expect(untouched.length).to.be.greaterThan(30);
          for (const [object, version] of untouched) expect(after.get(object), object).to.equal(version);
          await expectSameObjects(orphans);

          writeFileSync(stackFile, configuration);
          const on = await makeDone("up");
          for (const application of applications)
            expect(on).to.match(new RegExp(`^${application} .* ready$`, "m"));
          const again = await stackObjects(workplace, "dev");
          expect([...again.keys()]).to.have.members([...resources.keys()]);
          await expectSameObjects(orphans);
        });
      }

      /** The cluster has the objects of the state and the orphans. Their versions are not compared. */
      async function expectSameObjects(orphans: readonly string[]): Promise<void> {
        const objects = [...(await stackObjects(workplace, "dev")).values(), ...orphans];
        const expected = Object.fromEntries(objects.map((object) => [object, ""]));
        const difference = async () => {
          const { added, removed } = differenceOf(
            expected,
            Object.fromEntries(await liveObjects(workplace, "dev")),
          );
          return JSON.stringify({ added: Object.keys(added), removed });
        };
        const none = JSON.stringify({ added: [], removed: [] });
        expect(await settled(difference, none)).to.equal(none);
      }

      /** Objects with an application's label, of any kind, without the orphans. */
      async function remains(application: string, orphans: readonly string[]): Promise<string> {
        const script =
          "kinds=$(kubectl api-resources --verbs=list -o name | grep -v '^events' | paste -sd, -)\n" +
          `kubectl get "$kinds" -A -l app.kubernetes.io/name=${application} -o name`;
        const left = async () => {
          const names = (await workplace.shellDone("dev", script)).split("\n");
          const isOrphan = (name: string) =>
            orphans.some((orphan) => orphan.endsWith(`/${name.split("/")[1]}`));
          return names.filter((name) => !isOrphan(name)).join("\n");
        };
        return await settled(left, "");
      }

      /** The value when it is the wanted one, or after 20 s: the garbage collector needs a moment. */
      async function settled(read: () => Promise<string>, wanted: string): Promise<string> {
        const deadline = Date.now() + 20_000;
        for (;;) {
          const value = await read();
          if (value === wanted || Date.now() > deadline) return value;
          await sleep(500);
        }
      }
    });

    describe("a secret that is written once", () => {
      const source = {
        "secrets.litellmSaltKey.source": "existing",
        "secrets.litellmSaltKey.name": "theirs",
        "secrets.litellmSaltKey.key": "salt",
      };
      const saltKey =
        "kubectl -n llm-gateway get secrets -o name | grep litellm-salt-key | xargs kubectl -n llm-gateway get -o jsonpath='{.metadata.uid} {.data}'";
      const exported = "pulumi stack export --stack dev --show-secrets";

      it("is rejected in preview and update if its source changes, and does not change", async () => {
        const [state, secret] = [
          await workplace.shellDone("dev", exported),
          await workplace.shellDone("dev", saltKey),
        ];
        await set(source);
        for (const command of ["preview", "up"]) {
          const { code, stdout, stderr } = await workplace.make(command);
          expect(code, command).to.not.equal(0);
          expect(stdout + stderr, command)
            .to.contain('before hook "litellm-salt-key-first is written once" failed')
            .and.to.contain("which would lose every provider credential in the database. Set it back.");
          const after = await workplace.shellDone("dev", exported);
          expect(valuesOf(after), command).to.deep.equal(valuesOf(state));
        }
        expect(await workplace.shellDone("dev", saltKey)).to.equal(secret);
        writeFileSync(stackFile, configuration);
        expect(await makeDone("up")).to.match(/^Resources:\n +\d+ unchanged$/m);
      });

      if (isDeep)
        it("accepts another one after the steps in the message", async () => {
          await set(source);
          await workplace.shellDone(
            "dev",
            "kubectl -n llm-gateway create secret generic theirs --from-literal=salt=sk-theirs",
          );
          const { stdout, stderr } = await workplace.make("preview");
          const way =
            /pulumi state unprotect '\S+' && pulumi up --replace '\S+'/.exec(stdout + stderr)?.[0] ?? "";
          await workplace.shellDone(
            "dev",
            `export PULUMI_SKIP_CONFIRMATIONS=true; ${way} --yes --skip-preview`,
          );
          const used =
            "kubectl -n llm-gateway get deployment litellm -o jsonpath='{.spec.template.spec.containers[0].env[?(@.name==\"LITELLM_SALT_KEY\")].valueFrom.secretKeyRef.name}'";
          expect(await workplace.shellDone("dev", used)).to.equal("theirs");
          expect(await makeDone("up")).to.match(/^Resources:\n +\d+ unchanged$/m);
        });
    });
  });
}

/** What the state holds of each resource; an update that stops rewrites the times and the order. */
function valuesOf(exported: string): ReadonlyMap<string, unknown> {
  const { deployment } = JSON.parse(exported) as {
    deployment: { resources: readonly { urn: string; id?: string; inputs?: object }[] };
  };
  return new Map(deployment.resources.map(({ urn, id, inputs }) => [urn, { id, inputs }]));
}
