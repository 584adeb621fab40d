import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AssertionError } from "chai";

export const EXPECTED = join(import.meta.dirname, "expected");

/** Set by `npm run test:golden -- --update`, or `UPDATE_GOLDEN=1`. */
export const UPDATE = process.env["UPDATE_GOLDEN"] === "1" || process.argv.includes("--update");

export type Files = Readonly<Record<string, string>>;

/**
 * Compares files with those that are expected in a folder: changed, missing and unexpected ones are all reported at once,
 * as a difference of their lines. With `UPDATE`, the folder is made to hold exactly these files instead.
 */
export function expectFiles(folder: string, found: Files, update = UPDATE): void {
  if (update) writeFiles(folder, found);
  const expected = readFiles(folder);
  const differing = [...new Set([...Object.keys(expected), ...Object.keys(found)])]
    .filter((name) => expected[name] !== found[name])
    .sort();
  if (differing.length === 0) return;
  // Both sides hold the differing files alone: mocha shows their lines with + and -.
  const sideOf = (files: Files, absent: string) =>
    differing.map((name) => `== ${name}\n${files[name] ?? `(${absent})\n`}`).join("\n");
  throw new AssertionError(
    `not as expected in ${folder}:\n${differing.map((name) => `  ${verb(expected, found, name)} ${name}`).join("\n")}\n` +
      "If that is what you meant: npm run test:golden -- --update, and commit the result.",
    { actual: sideOf(found, "not there"), expected: sideOf(expected, "not expected"), showDiff: true },
  );
}

function verb(expected: Files, found: Files, name: string): string {
  if (!(name in expected)) return "unexpected";
  return name in found ? "changed" : "missing";
}

function readFiles(folder: string): Files {
  if (!existsSync(folder)) return {};
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]),
  );
}

function writeFiles(folder: string, files: Files): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}
