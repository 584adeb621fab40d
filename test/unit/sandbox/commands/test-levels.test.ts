import { expect } from "chai";
import { judge, renderFailures, renderTotal } from "../../../../sandbox/commands/test-levels.ts";
import { renderTimes } from "../../../../sandbox/commands/test-times.ts";

const counts = (passed: number, failed: number, skipped = 0): string =>
  JSON.stringify({ passed, failed, skipped, files: { "test/unit/a.test.ts": 1.5 }, failures: [] });

describe("test levels", () => {
  it("pass when tests ran and none failed", () => {
    expect(judge(0, counts(3, 0), 1)).to.deep.equal({
      passed: 3,
      failed: 0,
      skipped: 0,
      files: { "test/unit/a.test.ts": 1.5 },
      failures: [],
      ok: true,
      seconds: 1,
    });
  });
  it("fail when a test failed, or mocha did for another reason", () => {
    expect(judge(1, counts(3, 1), 1).ok).to.equal(false);
    expect(judge(7, counts(3, 0), 1).ok).to.equal(false);
    expect(judge(0, counts(3, 1), 1).ok).to.equal(false);
  });
  it("fail when no test ran, or the run died before it wrote its counts", () => {
    expect(judge(0, counts(0, 0), 1)).to.include({ ok: false, failed: 1 });
    expect(judge(137, undefined, 1)).to.include({ ok: false, failed: 1 });
  });
  it("pass when every test was skipped, where skipping is allowed: mocha judges that", () => {
    expect(judge(0, counts(0, 0, 4), 1).ok).to.equal(true);
  });
  it("repeat their failures at the end, with the level", () => {
    const dead = { level: "live", ...judge(137, undefined, 1) };
    const green = { level: "unit", ...judge(0, counts(3, 0), 1) };
    const red = { level: "e2e", failures: ["a title: a reason"] };
    expect(renderFailures([green, red, dead])).to.equal(
      "FAILED e2e: a title: a reason\nFAILED live: no test ran to its end (exit code 137)\n",
    );
  });
  it("add up to one line", () => {
    const results = [judge(0, counts(3, 0), 1), judge(1, counts(4, 2), 1)];
    expect(renderTotal(results)).to.equal("7 passed, 2 failed");
  });
  it("hide no skipped test in the total", () => {
    const results = [judge(0, counts(3, 0), 1), judge(0, counts(0, 0, 13), 1)];
    expect(renderTotal(results)).to.equal("3 passed, 0 failed, 13 skipped");
  });
});

describe("the times of a run", () => {
  const files = (...seconds: readonly number[]): Record<string, number> =>
    Object.fromEntries(seconds.map((each, index) => [`test/e2e/${String(index)}.test.ts`, each]));

  it("are those of each level, then the slowest files of all, aligned", () => {
    const unit = { level: "unit", seconds: 61, files: { "test/unit/a.test.ts": 40 } };
    const e2e = { level: "e2e", seconds: 130, files: files(5, 100) };
    expect(renderTimes([unit, e2e]).split("\n")).to.deep.equal([
      "LEVEL  TIME",
      "unit   1 min 01 s",
      "e2e    2 min 10 s",
      "",
      "SLOWEST FILES        LEVEL  TIME",
      "test/e2e/1.test.ts   e2e    1 min 40 s",
      "test/unit/a.test.ts  unit   40 s",
      "test/e2e/0.test.ts   e2e    5.0 s",
    ]);
  });

  it("name ten files, no more", () => {
    const e2e = { level: "e2e", seconds: 78, files: files(...Array.from({ length: 12 }, (_, at) => at + 1)) };
    expect(renderTimes([e2e]).split("\n").slice(4)).to.have.length(10);
  });
});
