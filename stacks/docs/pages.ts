/** Renders one block of a page. */
export type Blocks = Readonly<Record<string, () => string>>;

const BLOCK = /<!-- generated: (?<name>[\w-]+) -->\n[\s\S]*?<!-- end -->/g;

/**
 * A page with each `<!-- generated: NAME -->` ... `<!-- end -->` filled in. What stands outside the blocks stays as it is.
 *
 * @throws Error on a block that `blocks` does not have: a page must not keep text that nothing renders.
 */
export function fillBlocks(page: string, blocks: Blocks): string {
  return page.replaceAll(BLOCK, (...match) => {
    const { name } = match.at(-1) as { readonly name: string };
    const render = blocks[name];
    if (render === undefined) {
      throw new Error(`no block is called "${name}". Blocks: ${Object.keys(blocks).sort().join(", ")}`);
    }
    return `<!-- generated: ${name} -->\n\n${render()}\n\n<!-- end -->`;
  });
}

/** The names of the blocks of a page. */
export function blockNames(page: string): string[] {
  return [...page.matchAll(BLOCK)].map((match) => match.groups?.["name"] ?? "");
}
