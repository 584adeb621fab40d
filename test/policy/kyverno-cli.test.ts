// The policies as Kyverno has them, checked by its own tool: the same results as the API server's, except for what a tool
// without an API server cannot know.
import { expect } from "chai";
import { POLICIES, POLICY_KEYS } from "../../components/admission/policies/index.ts";
import { renderClusterPolicy } from "../../components/admission/render-cluster-policy.ts";
import { renderValidatingPolicy } from "../../components/admission/render-kyverno.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { kyvernoProblem } from "../../sandbox/charts/kyverno.ts";
import { type AdmissionCase, CASES, DEVELOPER, NAMESPACES, PARAMETERS } from "./admission-corpus/index.ts";
import { judgeByCli, type Verdict } from "./kyverno-cli.ts";

/** It takes every object for a new one. */
const asked = CASES.filter(
  ({ operation, subresource }) => operation === "CREATE" && subresource === undefined,
);

const expectedOf = ({ expected }: AdmissionCase): string =>
  expected === "allowed" ? "allowed" : `denied by ${POLICIES[expected.denied](PARAMETERS).name}`;

function verdictOf(verdicts: readonly Verdict[]): string {
  const [first, ...others] = verdicts.filter(({ result }) => result !== "pass");
  if (first === undefined) return "allowed";
  return others.length === 0 && first.result === "fail"
    ? `denied by ${first.policy}`
    : `broken: ${first.message}`;
}

for (const [kind, render] of [
  ["ValidatingPolicy", renderValidatingPolicy],
  ["ClusterPolicy", renderClusterPolicy],
] as const) {
  describe(`the admission policies as ${kind}, by Kyverno's command line tool`, function () {
    this.timeout("10m");
    const found = new Map<AdmissionCase, string>();
    const differing = () => asked.filter((each) => found.get(each) !== expectedOf(each));

    before("needs Kyverno's Go module", async function () {
      this.timeout("60m"); // Kyverno may have to be built.
      if ((await kyvernoProblem()) !== undefined) return this.skip();
      const { kyvernoCli } = await ensureTools(["kyverno"], createReport());
      const policies = POLICY_KEYS.map((key) => render(POLICIES[key](PARAMETERS), "enforce"));
      // One user a run.
      for (const [user, cases] of Map.groupBy(asked, ({ as = DEVELOPER }) => as)) {
        const objects = cases.map(({ object }) => object);
        const verdicts = await judgeByCli(kyvernoCli, { policies, objects, namespaces: NAMESPACES, user });
        for (const [index, each] of cases.entries()) found.set(each, verdictOf(verdicts[index] ?? []));
      }
    });

    it("give the same results as the API server, except for what only the API server knows", () => {
      const unknown = differing().filter(({ needsApiServer }) => needsApiServer === undefined);
      expect(unknown.map((each) => `${each.name}: ${found.get(each) ?? "not asked"}`)).to.deep.equal([]);
      const results = new Set(asked.map((each) => found.get(each)));
      for (const key of POLICY_KEYS.filter((each) => each !== "guardLabels"))
        expect(results).to.include(`denied by ${POLICIES[key](PARAMETERS).name}`);
    });

    it("admit nothing more without information: requests that need an API server are rejected", () => {
      expect(differing().filter((each) => found.get(each) === "allowed")).to.deep.equal([]);
      const needing = asked.filter(
        ({ needsApiServer, expected }) => needsApiServer !== undefined && expected === "allowed",
      );
      expect(needing).not.to.deep.equal([]);
      expect(differing()).to.include.members(needing);
    });
  });
}
