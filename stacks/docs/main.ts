// `npm run docs:fix` fills in the generated blocks of the Markdown pages; `npm run docs:check` fails on a difference.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, getFileInfo, resolveConfig } from "prettier";
import { BLOCKS } from "./blocks.ts";
import { fillBlocks } from "./pages.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** The Markdown pages that can have generated blocks, from the root of the checkout. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, "docs")).filter((file) => file.endsWith(".md"));
  return ["README.md", "CONTRIBUTING.md", ...docs.map((file) => `docs/${file}`)].sort();
}

/** A page as it is, and as it should be. */
export async function renderPage(page: string): Promise<{ readonly found: string; readonly wanted: string }> {
  const file = join(ROOT, page);
  const found = readFileSync(file, "utf8");
  const filled = fillBlocks(found, BLOCKS);
  // Pages with wide tables are not formatted, because a change of one row would change all rows.
  const { ignored } = await getFileInfo(file, { ignorePath: join(ROOT, ".prettierignore") });
  const wanted = ignored ? filled : await format(filled, { ...(await resolveConfig(file)), filepath: file });
  return { found, wanted };
}

if (import.meta.main) {
  const isCheck = process.argv.includes("--check");
  for (const page of pages()) {
    const { found, wanted } = await renderPage(page);
    if (found === wanted) continue;
    if (isCheck) {
      console.error(`${page}: a generated block differs from the program. To fix it: npm run docs:fix`);
      process.exitCode = 1;
    } else {
      writeFileSync(join(ROOT, page), wanted);
    }
  }
}
