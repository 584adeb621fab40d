import { expect } from "chai";
import { sampleOf } from "../../depth.ts";
import { INVARIANTS } from "../../invariants/all.ts";
import type { Synth } from "../../invariants/invariant.ts";
import { platformConfig, runStack } from "../../program.ts";
import { isRefused, RENAMED, STACKS, TOGGLE_COMBINATIONS, VARIANTS } from "../../variants.ts";

describe("every invariant holds in the program", () => {
  for (const { name, stack, settings } of [...STACKS, ...VARIANTS, RENAMED]) {
    describe(name, () => {
      let synth: Synth;
      before(async () => {
        synth = { recording: await runStack(stack, settings), config: platformConfig(stack, settings) };
      });
      for (const [statement, invariant] of Object.entries(INVARIANTS)) {
        it(statement, () => expect(invariant(synth)).to.deep.equal([]));
      }
    });
  }

  describe("and with combinations of the toggles", () => {
    const possible = TOGGLE_COMBINATIONS.filter((variant) => !isRefused(variant));
    const tried = sampleOf("combinations of toggles", possible, 12, ({ name }) => name);
    for (const { name, stack, settings } of tried) {
      it(name, async () => {
        const synth = { recording: await runStack(stack, settings), config: platformConfig(stack, settings) };
        const broken = Object.entries(INVARIANTS).flatMap(([statement, invariant]) =>
          invariant(synth).map((problem) => `${statement}: ${problem}`),
        );
        expect(broken).to.deep.equal([]);
      });
    }
  });
});
