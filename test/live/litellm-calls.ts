import { type LiteLlmServer, MASTER_KEY } from "./litellm-server.ts";
import { USAGE } from "./upstream.ts";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

const post = (url: string, key: string, body: object): Promise<Response> =>
  fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/**
 * A new question by default: the answer to an old one comes from the cache. Answers are bounded by default: LiteLLM reserves
 * the cost of the longest possible answer, and refuses a request that the budget would not cover then.
 */
export async function ask(
  { url }: Pick<LiteLlmServer, "url">,
  key: string,
  fields: object = {},
  question: string = crypto.randomUUID(),
): Promise<Answer> {
  const messages = [{ role: "user", content: question }];
  const response = await post(`${url}/v1/chat/completions`, key, {
    model: "echo",
    messages,
    max_tokens: USAGE.completion_tokens,
    ...fields,
  });
  return { status: response.status, text: await response.text() };
}

/** A call of the administrator. @returns its status */
export async function manage(
  { url }: Pick<LiteLlmServer, "url">,
  path: string,
  body: object,
): Promise<number> {
  return (await post(url + path, MASTER_KEY, body)).status;
}
