import { expect } from "chai";
import { workloadLabels } from "../../../../components/core/labels.ts";
import { userPodProblems } from "../../../../stacks/rules/user-pods.ts";
import { allWorkloads, edgesOf } from "../../../../stacks/plan.ts";
import { platformConfig } from "../../../program.ts";
import { STACKS, VARIANTS } from "../../../variants.ts";

describe("userPodProblems", () => {
  const own = [
    { namespace: "data", podLabels: workloadLabels("redis", "server") },
    { namespace: "gateway", podLabels: workloadLabels("litellm", "server") },
    { namespace: "gateway", podLabels: workloadLabels("litellm", "keys") },
  ];
  const problems = (...users: { name: string; namespace: string; pods?: string }[]) =>
    userPodProblems(["nats", "users"], users, own);

  it("finds nothing with other labels, or in a namespace without such pods of the platform", () =>
    expect(
      problems(
        { name: "orders", namespace: "gateway" },
        { name: "redis", namespace: "gateway" },
        { name: "litellm", namespace: "shop" },
        { name: "redis", namespace: "data", pods: "redis-client" },
      ),
    ).to.deep.equal([]));

  it("reports each label of the platform once, explicit or from the user's name", () =>
    expect(
      problems(
        { name: "orders", namespace: "gateway", pods: "litellm" },
        { name: "redis", namespace: "data" },
      ),
    ).to.deep.equal([
      {
        path: ["nats", "users", 0, "pods"],
        value: "litellm",
        reason:
          "the platform's own pods in gateway have the label app.kubernetes.io/name=litellm, so the network policies would also admit them",
        fix: "pulumi config set --path 'llm-platform:nats.users[0].pods' litellm-client",
      },
      {
        path: ["nats", "users", 1, "pods"],
        reason:
          "the platform's own pods in data have the label app.kubernetes.io/name=redis, so the network policies would also admit them",
        fix: "pulumi config set --path 'llm-platform:nats.users[1].pods' redis-client",
      },
    ]));
});

describe("allWorkloads", () => {
  for (const { name, stack, settings } of [...STACKS, ...VARIANTS]) {
    it(`are all that edges are about: ${name}`, () => {
      const config = platformConfig(stack, settings);
      const nameOf = ({ namespace, podLabels }: (typeof own)[number]) =>
        `${namespace}/${podLabels["app.kubernetes.io/name"]}/${podLabels["app.kubernetes.io/component"]}`;
      const own = allWorkloads(config);
      const ends = edgesOf(config).flatMap(({ from, to }) => [
        ...("podLabels" in from && from.foreign !== true ? [from] : []),
        ...("podLabels" in to && to.foreign !== true ? [to] : []),
      ]);
      expect(own.map(nameOf)).to.include.members(ends.map(nameOf));
    });
  }
});
