import { expect } from "chai";
import { describeEdge } from "../../../../components/core/network/index.ts";
import { ENFORCERS } from "../../../../stacks/features/network/enforcers.ts";
import { enforcerTable, isolationTable } from "../../../../stacks/docs/isolation.ts";
import { committedConfig } from "../../../../stacks/docs/committed-config.ts";
import { edgesOf } from "../../../../stacks/plan.ts";

describe("docs/isolation.md", () => {
  for (const stack of ["dev", "prod"]) {
    it(`has each edge of ${stack}, a row a port, and nothing else`, () => {
      const rows = isolationTable(stack)
        .split("\n")
        .filter((line) => line.startsWith("| `"));
      const shown = rows.map((row) => row.replaceAll(/[|`]/g, "").replaceAll(/ +/g, " ").trim());
      const wanted = edgesOf(committedConfig(stack)).flatMap((edge) => {
        const [from = "", to = ""] = describeEdge(edge).split(" -> ");
        const [target = "", ports = ""] = to.split(":");
        return ports.split(",").map((name) => {
          if ("internet" in edge.to) return `${from} the internet ${name}`;
          return `${from} ${target} ${name} ${String(edge.to.ports[name])}`;
        });
      });
      expect(shown).to.have.members([...new Set(wanted)]);
    });
  }

  it("names every enforcer, and where its facts are from", () => {
    for (const [name, { source }] of Object.entries(ENFORCERS)) {
      expect(enforcerTable()).to.contain(`| \`${name}\` |`).and.to.contain(source);
      expect(source).to.match(/^https:\/\//);
    }
  });
});
