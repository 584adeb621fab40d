// Mocha's own output, plus the counts in the file that TEST_RESULT names: what `make test` adds up.
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

export default class CountingReporter extends Mocha.reporters.Dot {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file = process.env["TEST_RESULT"];
    // A run that dies half-way writes nothing, and a result that is missing counts as a failure.
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed, pending: skipped } = this.stats;
      if (file !== undefined && file !== "") writeFileSync(file, JSON.stringify({ passed, failed, skipped }));
    });
  }
}
