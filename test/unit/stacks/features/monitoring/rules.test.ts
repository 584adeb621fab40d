import { expect } from "chai";
import "../../../../../stacks/config.ts";
import { monitoringProblems } from "../../../../../stacks/features/monitoring/rules.ts";
import type { MonitoringConfig } from "../../../../../stacks/features/monitoring/schema.ts";

describe("monitoringProblems", () => {
  const PROMETHEUS = { namespace: "monitoring", podLabels: ["app=prometheus"] };
  const set = (key: string, value: string) =>
    `pulumi config set --path 'llm-platform:monitoring.${key}' ${value}`;

  for (const section of [PROMETHEUS, { podLabels: [] }]) {
    it(`are none with ${JSON.stringify(section)}`, () =>
      expect(monitoringProblems(section, ["llm-data"])).to.deep.equal([]));
  }

  const CASES: readonly (readonly [
    what: string,
    section: MonitoringConfig,
    key: string,
    value: unknown,
    reason: RegExp,
    fix: string,
  ])[] = [
    [
      "no namespace",
      { podLabels: ["app=prometheus"] },
      "namespace",
      undefined,
      /is required/,
      set("namespace", "monitoring"),
    ],
    [
      "only a namespace",
      { namespace: "monitoring", podLabels: [] },
      "podLabels",
      undefined,
      /every pod of the namespace would be admitted/,
      set("podLabels[0]", "'app.kubernetes.io/name=prometheus'"),
    ],
    [
      "a namespace of the platform",
      { ...PROMETHEUS, namespace: "llm-data" },
      "namespace",
      "llm-data",
      /is a namespace of the platform/,
      set("namespace", "monitoring"),
    ],
  ];
  for (const [what, section, key, value, reason, fix] of CASES) {
    it(`refuse ${what}`, () => {
      const [problem, ...rest] = monitoringProblems(section, ["llm-data"]);
      expect(rest).to.deep.equal([]);
      expect(problem?.path).to.deep.equal(["monitoring", key]);
      expect(problem?.value).to.equal(value);
      expect(problem?.reason).to.match(reason);
      expect(problem?.fix).to.equal(fix);
    });
  }
});
