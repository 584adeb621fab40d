import { expect } from "chai";
import type { Recording } from "../../harness.ts";
import { runStack } from "../../program.ts";

/** Names of all that a resource comes after, by option, by an input or through its parent. */
function allBefore({ resources }: Recording, name: string): Set<string> {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const found = new Set<string>();
  const visit = (urn: string): void => {
    const resource = byUrn.get(urn);
    if (resource === undefined || found.has(resource.name)) return;
    found.add(resource.name);
    for (const next of [...resource.dependencies, resource.parent]) visit(next);
  };
  for (const { name: own, urn } of resources) if (own === name) visit(urn);
  return found;
}

describe("the order of the program", () => {
  let recording: Recording;
  before(async () => (recording = await runStack("dev")));

  for (const [name, waits, starts] of [
    [
      "open-webui-server-statefulset",
      ["postgres-roles-job", "redis-server-statefulset"],
      ["litellm-server-deployment", "litellm-keys-job", "phoenix-server-statefulset"],
    ],
    [
      "litellm-server-deployment",
      ["postgres-roles-job"],
      ["phoenix-server-statefulset", "redis-server-statefulset"],
    ],
    ["phoenix-server-statefulset", ["postgres-roles-job"], ["redis-server-statefulset"]],
  ] as const) {
    it(`lets ${name} wait for ${waits.join(" and ")}, but not for ${starts.join(", ")}`, () => {
      const names = recording.resources.map((resource) => resource.name);
      expect(names).to.include.members([name, ...starts]);
      const found = allBefore(recording, name);
      expect([...found]).to.include.members([...waits]);
      expect(starts.filter((other) => found.has(other))).to.deep.equal([]);
    });
  }
});
