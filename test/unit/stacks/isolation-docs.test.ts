import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describeEdge } from "../../../components/core/network/index.ts";
import { ENFORCERS } from "../../../stacks/features/network-enforcers.ts";
import { renderIsolationDocs } from "../../../stacks/isolation-docs.ts";
import { committedConfig } from "../../../stacks/services-docs.ts";
import { edgesOf } from "../../../stacks/topology.ts";
import { checkout } from "../../../sandbox/paths.ts";

describe("docs/isolation.md", () => {
  const page = renderIsolationDocs();

  it("is what the stacks say (npm run docs:fix)", () => {
    const file = join(checkout, "docs", "isolation.md");
    expect(readFileSync(file, "utf8")).to.equal(page);
  });

  for (const stack of ["dev", "prod"]) {
    it(`has each edge of ${stack}, a row a port, and nothing else`, () => {
      const section = page.split(`## ${stack}\n`)[1]?.split("\n## ")[0] ?? "";
      const rows = section.split("\n").filter((line) => line.startsWith("| `"));
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
      expect(page).to.contain(`| \`${name}\` |`).and.to.contain(source);
      expect(source).to.match(/^https:\/\//);
    }
  });
});
