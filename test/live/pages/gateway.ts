// LiteLLM's admin page in a browser.
import type { Page } from "playwright-core";
import type { Browser, Tolerated } from "../browser.ts";

const TOLERATED: readonly Tolerated[] = [
  {
    problem: /^answered 404: GET \S+\/ui\/litellm-runtime-config\.json$/,
    reason: "an optional file, for a page that is served apart from its gateway",
  },
  {
    problem: /^answered 500: GET \S+\/(get\/ui_settings|telemetry\/ui_events\/enabled)$/,
    reason: "settings of the page are in the database, and the live stack's gateway has none",
  },
];

/** The sign-in page, once its form is there. */
export async function openSignIn(browser: Browser, url: string): Promise<Page> {
  const page = await browser.open(`${url}/ui`, TOLERATED);
  await page.getByRole("textbox", { name: "Username" }).waitFor();
  await page.getByRole("textbox", { name: "Password" }).waitFor();
  await page.getByRole("button", { name: "Login", exact: true }).waitFor();
  return page;
}
