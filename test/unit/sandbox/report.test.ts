import { expect } from "chai";
import { createReport } from "../../../sandbox/report.ts";

describe("createReport", () => {
  let written: string;
  let now: number;
  const out = (isTTY: boolean): Parameters<typeof createReport>[0] => ({
    isTTY,
    columns: 20,
    write: (text: string) => (written += text),
  });
  beforeEach(() => {
    written = "";
    now = 0;
  });

  it("writes a status over the last one on a terminal, cut to its width", () => {
    const report = createReport(out(true));
    report.status("a status that is longer than the terminal is wide");
    report.status("short");
    report.line("done");
    expect(written).to.equal("\r\u001B[Ka status that is lo\r\u001B[Kshort\r\u001B[Kdone\n");
  });

  it("writes a status about every 20 s elsewhere, and every line", () => {
    const report = createReport(out(false), () => now);
    for (now = 0; now <= 45_000; now += 1000) report.status(`${now / 1000} s`);
    report.line("done");
    expect(written).to.equal("0 s\n20 s\n40 s\ndone\n");
  });
});
