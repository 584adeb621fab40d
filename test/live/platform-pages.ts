// The pages that people open, in a real browser, at the addresses and with the sign-ins that the commands print.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { Browser } from "./browser.ts";
import type { LiveStack } from "./live-stack.ts";
import * as chat from "./pages/chat.ts";
import * as tracing from "./pages/tracing.ts";
import { listedSignIns, type SignIn } from "./sign-ins.ts";

export function showsPages(stack: LiveStack): void {
  describe("shows a person", () => {
    const question = `What answers here? (${randomUUID().slice(0, 8)})`;
    const answer = "This answer comes from the gateway itself: no model was asked.";
    let browser: Browser;
    let signIns: Readonly<Record<string, SignIn>>;
    const of = (service: string): SignIn => {
      const signIn = signIns[service];
      if (signIn === undefined) throw new Error(`make credentials lists no ${service}`);
      return signIn;
    };

    before(async () => {
      signIns = await listedSignIns(stack);
      browser = await Browser.start();
    });
    after(() => browser.stop());
    afterEach(() => expect(browser.takeProblems()).to.deep.equal([]));

    it("how to sign in, at the addresses that were printed", async () => {
      expect(Object.fromEntries(Object.entries(signIns).map(([name, { url }]) => [name, url]))).to.deep.equal(
        stack.urls,
      );
      expect(of("litellm").password).to.equal(await stack.masterKey());
    });

    it("the values, only on a terminal", async () => {
      const { stdout } = await stack.workplace.onTerminal("make credentials STACK=live SHOW=1");
      for (const { password } of Object.values(signIns)) expect(stdout).to.contain(password);
      const refused = await stack.workplace.make("credentials", "STACK=live", "SHOW=1");
      expect(refused.stderr).to.contain("passwords are shown on a terminal only").and.contain("Error 2");
      for (const { password } of Object.values(signIns))
        expect(refused.stdout + refused.stderr).not.to.contain(password);
    });

    it("the answer of the chat to a question, and both again after a reload", async () => {
      const { url, user, password } = of("open-webui");
      const page = await chat.signIn(browser, url, user, password);
      expect(await chat.ask(page, question)).to.contain(answer);
      await browser.picture(page, "chat");
      await page.reload();
      expect(await chat.answerTo(page, question)).to.contain(answer);
    });

    it("the trace of that question", async () => {
      const { url, user, password } = of("phoenix");
      const chosen = `${password}-2`;
      const page = await tracing.signInFirst(browser, url, user, { initial: password, chosen });
      expect(await tracing.traceOf(page, "gateway", question)).to.contain(answer);
      await browser.picture(page, "tracing");
    });
  });
}
