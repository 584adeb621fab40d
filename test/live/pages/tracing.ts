// Phoenix in a browser.
import type { Page } from "playwright-core";
import type { Browser, Tolerated } from "../browser.ts";

const TOLERATED: readonly Tolerated[] = [
  {
    problem: /^answered 401: POST \S+\/(graphql|auth\/refresh)$/,
    reason: "without a session, the page asks for data first, and then leads to the sign-in page",
  },
  {
    problem: /RedirectingToLoginError/,
    reason: "how the page leads there",
  },
];

/** Signs in for the first time, which asks for a new password, and then with the new one. */
export async function signInFirst(
  browser: Browser,
  url: string,
  user: string,
  passwords: { readonly initial: string; readonly chosen: string },
): Promise<Page> {
  const page = await browser.open(url, TOLERATED);
  await signIn(page, user, passwords.initial);
  await page.getByLabel("Old Password").fill(passwords.initial);
  await page.getByLabel("New Password").fill(passwords.chosen);
  await page.getByLabel("Confirm Password").fill(passwords.chosen);
  await page.getByRole("button", { name: "Reset Password" }).click();
  await signIn(page, user, passwords.chosen);
  return page;
}

async function signIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel("Email").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log In" }).click();
}

/** Opens the trace of a question in a project and returns its text. */
export async function traceOf(page: Page, project: string, question: string): Promise<string> {
  await page.getByRole("link", { name: new RegExp(`^${project} `) }).click();
  await page.getByRole("row", { name: question }).getByRole("link").first().click();
  const trace = page.getByRole("dialog");
  await trace.getByText(question).first().waitFor();
  return await trace.innerText();
}
