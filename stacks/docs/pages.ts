/** Renders one block of a page. */
export type Blocks = Readonly<Record<string, () => string>>;

const BLOCK = /<!-- generated: (?<name>[\w-]+) -->\n[\s\S]*?<!-- end -->/g;

/**
 * A page with each `<!-- generated: NAME -->` ... `<!-- end -->` filled in. The rest of the page does not change.
 *
 * @throws Error on a block that is not in `blocks`.
 */
export function fillBlocks(page: string, blocks: Blocks): string {
  return page.replaceAll(BLOCK, (...match) => {
    const { name } = match.at(-1) as { readonly name: string };
    const render = blocks[name];
    if (render === undefined) {
      throw new Error(`there is no block "${name}". Blocks: ${Object.keys(blocks).sort().join(", ")}`);
    }
    return `<!-- generated: ${name} -->\n\n${render()}\n\n<!-- end -->`;
  });
}

/** The names of the blocks of a page. */
export function blockNames(page: string): string[] {
  return [...page.matchAll(BLOCK)].map((match) => match.groups?.["name"] ?? "");
}
