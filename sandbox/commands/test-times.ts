import { renderDuration, renderTable } from "./table.ts";

/** The time of a level and of its files, in seconds. */
export interface LevelTimes {
  readonly level: string;
  readonly seconds: number;
  readonly files: Readonly<Record<string, number>>;
}

const SHOWN_FILES = 10;

/** The time of each level, then the slowest files. */
export function renderTimes(levels: readonly LevelTimes[]): string {
  const slowest = levels
    .flatMap(({ level, files }) => Object.entries(files).map(([file, seconds]) => ({ level, file, seconds })))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, SHOWN_FILES);
  return [
    renderTable(
      ["LEVEL", "TIME"],
      levels.map(({ level, seconds }) => [level, renderDuration(seconds)]),
    ),
    renderTable(
      ["SLOWEST FILES", "LEVEL", "TIME"],
      slowest.map(({ level, file, seconds }) => [file, level, renderDuration(seconds)]),
    ),
  ].join("\n\n");
}
