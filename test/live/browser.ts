// Debian's Chromium, as a person has it: one profile for all pages, so the cookies of one service reach the others.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser as Chromium, type BrowserContext, chromium, type Page } from "playwright-core";
import { createReport } from "../../sandbox/report.ts";
import { ensureChromium } from "../../sandbox/tools/chromium.ts";

/** A failed request or an error on the console that is no failure of the test, and why. */
export interface Tolerated {
  readonly problem: RegExp;
  readonly reason: string;
}

const ALWAYS: readonly Tolerated[] = [
  { problem: /^failed: .* net::ERR_ABORTED$/, reason: "a page that is left ends its open requests" },
  {
    problem: /^console: Failed to load resource: the server responded with a status of /,
    reason: "the response itself is judged, with its status and address",
  },
];

const FLAGS = [
  ..."--headless --no-sandbox --disable-gpu --disable-quic --no-first-run".split(" "),
  ..."--disable-background-networking --disable-component-update --disable-sync".split(" "),
];

/** Where pictures go; nowhere when it is not set. */
const pictures = process.env["TEST_SCREENSHOTS"];

export class Browser {
  readonly #chromium: Chromium;
  readonly #profile: BrowserContext;
  /** Whatever failed on any page and is not tolerated, since {@link takeProblems}. */
  #problems: string[] = [];

  private constructor(running: Chromium, profile: BrowserContext) {
    this.#chromium = running;
    this.#profile = profile;
  }

  static async start(): Promise<Browser> {
    const { program, env } = await ensureChromium(createReport({ write: () => true }));
    const running = await chromium.launch({
      executablePath: program,
      args: FLAGS,
      env: { ...process.env, ...env },
    });
    return new Browser(running, await running.newContext({ viewport: { width: 1280, height: 800 } }));
  }

  /** A tab that reports what fails on it. */
  async open(url: string, tolerated: readonly Tolerated[] = []): Promise<Page> {
    const page = await this.#profile.newPage();
    // Phoenix has 30 MB of scripts, and the machine runs a cluster beside the browser.
    page.setDefaultTimeout(120_000);
    const note = (problem: string): void => {
      if (![...ALWAYS, ...tolerated].some((each) => each.problem.test(problem))) this.#problems.push(problem);
    };
    page.on("response", (response) => {
      if (response.status() >= 400)
        note(`answered ${response.status()}: ${response.request().method()} ${response.url()}`);
    });
    page.on("requestfailed", (request) =>
      note(`failed: ${request.method()} ${request.url()} ${request.failure()?.errorText ?? ""}`),
    );
    page.on("console", (message) => {
      if (message.type() === "error") note(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => note(`exception: ${error.message}`));
    await page.goto(url);
    return page;
  }

  /** What failed since the last call. */
  takeProblems(): readonly string[] {
    const problems = this.#problems;
    this.#problems = [];
    return problems;
  }

  /** A picture for the documentation. */
  async picture(page: Page, name: string): Promise<void> {
    if (pictures === undefined) return;
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`), animations: "disabled" });
  }

  async stop(): Promise<void> {
    await this.#chromium.close();
  }
}
