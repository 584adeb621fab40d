import { expect } from "chai";
import "../../../../../stacks/config.ts";
import { networkProblems } from "../../../../../stacks/features/network/rules.ts";

describe("networkProblems", () => {
  it("refuse a probe where no pod runs", () => {
    const network = { enforcer: "simulated", probe: true } as const;
    const [problem, ...rest] = networkProblems({ profile: "dev", network });
    expect(rest).to.deep.equal([]);
    expect(problem).to.deep.include({
      path: ["network", "probe"],
      value: true,
      fix: "pulumi config set --path 'llm-platform:network.probe' false",
    });
    expect(problem?.reason).to.match(/open no connections/);
  });

  it("refuse prod where no enforcer is known", () => {
    const network = { enforcer: "unknown", probe: false } as const;
    const [problem, ...rest] = networkProblems({ profile: "prod", network });
    expect(rest).to.deep.equal([]);
    expect(problem).to.deep.include({
      path: ["network", "enforcer"],
      value: "unknown",
      fix: "pulumi config set --path 'llm-platform:network.probe' true  (or, if you have verified the enforcement: pulumi config set --path 'llm-platform:network.enforcer' confirmed; to detect the plugin: kubectl get daemonsets,configmaps -A -o json | node stacks/detect-enforcer.ts)",
    });
    expect(networkProblems({ profile: "dev", network })).to.deep.equal([]);
  });

  for (const network of [
    { enforcer: "unknown", probe: true },
    { enforcer: "confirmed", probe: false },
    { enforcer: "cilium", probe: false },
    { enforcer: "simulated", probe: false },
  ] as const) {
    it(`accept prod with ${JSON.stringify(network)}`, () =>
      expect(networkProblems({ profile: "prod", network })).to.deep.equal([]));
  }
});
