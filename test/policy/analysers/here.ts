// The analysers that this machine can run.
import { ensureNca, ncaNeeds, ncaProblem } from "../../../sandbox/tools/nca.ts";
import { createReport } from "../../../sandbox/report.ts";
import { ensureTools } from "../../../sandbox/tools/ensure.ts";
import { Cyclonus, cyclonusDifferences } from "./cyclonus.ts";
import { Nca, ncaDifferences } from "./nca.ts";
import type { Analyser, Difference } from "./question.ts";

interface Source {
  readonly name: string;
  /** The message if it is missing. */
  readonly needs: string;
  /** Where it is known not to do as Kubernetes does. */
  readonly differences: readonly Difference[];
  /** Undefined where the machine lacks what it needs. */
  readonly start: () => Promise<Analyser | undefined>;
}

export const analysers: readonly Source[] = [
  {
    name: "cyclonus",
    needs: "needs Go",
    differences: cyclonusDifferences,
    start: async () => new Cyclonus((await ensureTools(["cyclonus"], createReport())).cyclonus),
  },
  {
    name: "nca",
    needs: ncaNeeds,
    differences: ncaDifferences,
    start: async () =>
      (await ncaProblem()) === undefined ? new Nca(await ensureNca(createReport())) : undefined,
  },
];
