// Mocha's own output, plus counts, times and failures in the file that TEST_RESULT names: what `make test` adds up.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { config } from "chai";
import Mocha from "mocha";
import { checkout } from "../sandbox/paths.ts";

const { EVENT_RUN_BEGIN, EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_TEST_FAIL } =
  Mocha.Runner.constants;

/** Of the message of a failed test. */
const SHOWN_CHARACTERS = 2000;

export default class CountingReporter extends Mocha.reporters.Dot {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    // By default a message says only how many members an object has.
    config.truncateThreshold = SHOWN_CHARACTERS;
    const seconds: Record<string, number> = {};
    const failures: string[] = [];
    let started = 0;
    const add = (file: string): void => {
      seconds[file] = (seconds[file] ?? 0) + (performance.now() - started) / 1000;
    };
    // `performance.now()` counts from the start of the process.
    runner.once(EVENT_RUN_BEGIN, () => add("(loading)"));
    // Suites with their hooks: that is where clusters start and programs run.
    runner.on(EVENT_SUITE_BEGIN, ({ parent }) => {
      if (parent?.root === true) started = performance.now();
    });
    runner.on(EVENT_SUITE_END, ({ parent, file }) => {
      if (parent?.root === true) add(relative(checkout, file ?? ""));
    });
    // At once: a level takes minutes, and a run that is stopped prints no summary.
    runner.on(EVENT_TEST_FAIL, (test: Mocha.Test, error: Error) => {
      process.stdout.write(
        `\n  failed: ${test.fullTitle()}\n    ${error.message.slice(0, SHOWN_CHARACTERS)}\n`,
      );
      failures.push(`${test.fullTitle()}: ${error.message.split("\n", 1).join().slice(0, 300)}`);
    });
    const result = process.env["TEST_RESULT"];
    // A run that dies half-way writes nothing, and a result that is missing counts as a failure.
    runner.once(EVENT_RUN_END, () => {
      const { passes: passed, failures: failed, pending: skipped } = this.stats;
      if (result)
        writeFileSync(result, JSON.stringify({ passed, failed, skipped, files: seconds, failures }));
    });
  }
}
