// Open WebUI in a browser.
import type { Page } from "playwright-core";
import type { Browser } from "../browser.ts";

export async function signIn(browser: Browser, url: string, user: string, password: string): Promise<Page> {
  const page = await browser.open(url);
  await page.getByLabel("Email").fill(user);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  // What is new in this release covers the page at the first sign-in.
  await page.getByRole("button", { name: "Okay, Let's Go!" }).click();
  return page;
}

/** Sends a question and returns the answer, once it has come whole. */
export async function ask(page: Page, question: string): Promise<string> {
  await page.locator("#chat-input").click();
  await page.keyboard.type(question);
  await page.keyboard.press("Enter");
  return await answerTo(page, question);
}

/** The answer below a question on the page. */
export async function answerTo(page: Page, question: string): Promise<string> {
  await page.locator(".chat-user", { hasText: question }).waitFor();
  // The buttons below an answer appear when it is complete.
  await page.getByRole("button", { name: "Regenerate" }).waitFor();
  return await page.locator(".chat-assistant").innerText();
}
