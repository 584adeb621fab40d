import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { SelfHostedModel } from "../../components/litellm/models.ts";
import { HOSTED } from "../unit/components/litellm/fixtures.ts";

/** Tokens of each answer. */
export const USAGE = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };
/** Of one answer: the tokens times the price of the model. */
export const COST_USD = 0.0006;

/** A model that answers with the request that it got, and a collector that keeps what it gets. */
export class Upstream {
  readonly traces: Buffer[] = [];
  /** Number of requests to the model. */
  asked = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<Upstream> {
    const upstream = new Upstream();
    await new Promise<void>((resolve) => upstream.#server.listen(0, "127.0.0.1", resolve));
    return upstream;
  }

  /** As LiteLLM's configuration has it. A question with the word `fail` gets an error. */
  model(name: string): SelfHostedModel {
    const price = { inputPerMillionTokens: 0.5, outputPerMillionTokens: 1 };
    return { ...HOSTED, name, model: name, apiBase: this.#url, price };
  }

  get tracesUrl(): string {
    return `${this.#url}/traces`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get #url(): string {
    return `${this.url}/v1`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const path = request.url ?? "";
    if (path === "/v1/traces") {
      this.traces.push(body);
      response.end();
      return;
    }
    if (request.method !== "POST") {
      // A gateway asks for the list of models when it starts, and does without.
      response.writeHead(404).end();
      return;
    }
    this.asked += 1;
    const text = body.toString();
    if (text.includes("fail")) {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: "the model failed", type: "invalid_request_error" } }));
      return;
    }
    const content = JSON.stringify({ body: text, header: request.headers["x-extra"] });
    const answer = { id: `answer-${this.asked}`, created: 1, model: "echo" };
    if ((JSON.parse(text) as { stream?: boolean }).stream === true) {
      const chunk = (fields: object): string =>
        `data: ${JSON.stringify({ ...answer, object: "chat.completion.chunk", ...fields })}\n\n`;
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(chunk({ choices: [{ index: 0, delta: { role: "assistant", content } }] }));
      response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }));
      response.end(`${chunk({ choices: [], usage: USAGE })}data: [DONE]\n\n`);
      return;
    }
    const choice = path.endsWith("/chat/completions")
      ? { message: { role: "assistant", content } }
      : { text: content };
    response.setHeader("content-type", "application/json").end(
      JSON.stringify({
        ...answer,
        object: "chat.completion",
        choices: [{ index: 0, finish_reason: "stop", ...choice }],
        usage: USAGE,
      }),
    );
  }
}
