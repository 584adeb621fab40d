// The policies as Kyverno has them, judged by its own tool: the same verdicts as the API server's, but for what a tool
// without an API server cannot know.
import { expect } from "chai";
import { POLICIES, POLICY_KEYS } from "../../components/admission/policies/index.ts";
import { renderValidatingPolicy } from "../../components/admission/render-kyverno.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools.ts";
import { kyvernoProblem } from "../kyverno-chart.ts";
import { type AdmissionCase, CASES, DEVELOPER, NAMESPACES, PARAMETERS } from "./admission-corpus/index.ts";
import { judgeByCli, type Verdict } from "./kyverno-cli.ts";

const policies = POLICY_KEYS.map((key) => renderValidatingPolicy(POLICIES[key](PARAMETERS), "enforce"));
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

describe("the admission policies, by Kyverno's command line tool", function () {
  this.timeout("5m");
  const found = new Map<AdmissionCase, string>();

  before("needs Kyverno's Go module", async function () {
    this.timeout("60m"); // Kyverno may have to be built.
    if ((await kyvernoProblem()) !== undefined) return this.skip();
    const { kyvernoCli } = await ensureTools(["kyverno"], createReport());
    // One user a run.
    for (const [user, cases] of Map.groupBy(asked, ({ as = DEVELOPER }) => as)) {
      const objects = cases.map(({ object }) => object);
      const verdicts = await judgeByCli(kyvernoCli, { policies, objects, namespaces: NAMESPACES, user });
      for (const [index, each] of cases.entries()) found.set(each, verdictOf(verdicts[index] ?? []));
    }
  });

  it("say the same as the API server", () => {
    const differing = asked.filter(
      (each) => each.needsApiServer === undefined && found.get(each) !== expectedOf(each),
    );
    expect(differing.map((each) => `${each.name}: ${found.get(each) ?? ""}`)).to.deep.equal([]);
    expect(new Set(asked.map((each) => found.get(each)))).to.include.members(
      POLICY_KEYS.filter((key) => key !== "guardLabels").map(
        (key) => `denied by ${POLICIES[key](PARAMETERS).name}`,
      ),
    );
  });

  it("differ where they are known to, for the reason that is told, and nowhere is more let through", () => {
    const differing = asked.filter((each) => found.get(each) !== expectedOf(each));
    expect(differing.map(({ name, needsApiServer = "none" }) => [name, needsApiServer])).to.deep.equal(
      asked.flatMap(({ name, needsApiServer }) =>
        needsApiServer === undefined ? [] : [[name, needsApiServer]],
      ),
    );
    expect(differing.filter((each) => found.get(each) === "allowed")).to.deep.equal([]);
  });
});
