import { type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import type { Config } from "../../feature.ts";

/** The problems between the keys of the section. */
export function kueueProblems({ kueue }: Pick<Config, "kueue">): ConfigProblem[] {
  return [...priorityProblems(kueue), ...labelProblems(kueue)];
}

function priorityProblems({ priorities: { low, high } }: Config["kueue"]): ConfigProblem[] {
  if (low < high) return [];
  const path = ["kueue", "priorities", "high"];
  return [
    {
      path,
      value: high,
      reason: `is not above kueue.priorities.low (${low}), so no workload would make room for another one`,
      fix: fixCommand(path, String(low + 1)),
    },
  ];
}

/** A node has one value for a label. */
function labelProblems({ nodeLabels }: Config["kueue"]): ConfigProblem[] {
  const keys = nodeLabels.map((label) => label.split("=")[0]);
  return keys.flatMap((key, index) => {
    if (keys.indexOf(key) === index) return [];
    const path = ["kueue", "nodeLabels", index];
    return [
      {
        path,
        value: nodeLabels[index],
        reason: `is a second value for the label ${key}, and no node has both`,
        fix: removeCommand(path),
      },
    ];
  });
}
