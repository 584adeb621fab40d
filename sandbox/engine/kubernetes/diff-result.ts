import type { DiffResult, PropertyDiff } from "../shared/provider.ts";
import type { Change } from "./changes.ts";
import { formatPath } from "./paths.ts";

/** Changes in the form of the engine and the CLI's display. Those in `replacing` need a new object. */
export function diffResult(
  changes: readonly Change[],
  replacing: readonly Change[],
  deleteFirst: boolean,
): DiffResult {
  const detailedDiff = Object.fromEntries(
    changes.map((change): [string, PropertyDiff] => [
      formatPath(change.path),
      { kind: replacing.includes(change) ? `${change.kind}-replace` : change.kind },
    ]),
  );
  return {
    changes: changes.length > 0,
    changedKeys: [...new Set(changes.map(({ path }) => String(path[0])))],
    replaceKeys: replacing.map(({ path }) => formatPath(path)),
    deleteBeforeReplace: replacing.length > 0 && deleteFirst,
    detailedDiff,
  };
}
