import http from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "./json.ts";
import type { Connection } from "./kubeconfig.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below the server's address, with its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: Json | undefined;
  /** Texts of the API server's Warning headers, such as deprecations and Pod Security. */
  readonly warnings: readonly string[];
}

/** The API server did not answer. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

class NoAnswer extends Error {}

const REQUEST_TIMEOUT_SECONDS = 60;
/** How long a server that answered before may be unreachable before an operation fails. A restart takes about 5 s. */
const RESTART_SECONDS = 20;
const MAYBE_CARRIED_OUT = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);
const GONE = new Set(["ECONNREFUSED", ...MAYBE_CARRIED_OUT]);

/** HTTP to one API server, with keep-alive connections, safe retries, and errors that contain the server's address. */
export class Http {
  private readonly connection: Connection;
  private readonly agent: http.Agent;
  private readonly watchAgent: http.Agent;
  private answeredBefore = false;

  constructor(connection: Connection) {
    this.connection = connection;
    const tls = connection.server.protocol === "https:";
    const create = (maxSockets: number) => {
      const options = { keepAlive: true, maxSockets };
      return tls ? new https.Agent({ ...options, ...connection.tls }) : new http.Agent(options);
    };
    this.agent = create(32);
    // Watches hold their connection, so they must not compete with requests.
    this.watchAgent = create(Infinity);
  }

  get server(): string {
    return this.connection.server.href.replace(/\/$/, "");
  }

  /** For idempotent requests: reads, applies, dry runs, deletes, and creates with a name. */
  async request(request: HttpRequest): Promise<HttpResponse> {
    const deadline = Date.now() + RESTART_SECONDS * 1000;
    for (let attempt = 1; ; attempt++) {
      const pauseSeconds = Math.min(0.1 * 2 ** attempt, 2);
      try {
        const { response, retryAfterSeconds } = await this.exchange(request);
        this.answeredBefore = true;
        if (retryAfterSeconds === undefined || attempt > 8) return response;
        await sleep(
          1000 * Math.max(retryAfterSeconds, pauseSeconds),
          undefined,
          signalOption(request.signal),
        );
      } catch (error) {
        request.signal?.throwIfAborted();
        const code = (error as NodeJS.ErrnoException).code ?? "";
        // The address of a server that never answered may be wrong, or the server is down. Fail immediately.
        if (!GONE.has(code) || !this.answeredBefore || Date.now() > deadline) throw this.unreachable(error);
        await sleep(1000 * pauseSeconds, undefined, signalOption(request.signal));
      }
    }
  }

  /** One attempt without retries, because a health check must see each failure. */
  async once(request: HttpRequest): Promise<HttpResponse> {
    return (await this.exchange(request)).response;
  }

  /** Closes the idle connections. */
  close(): void {
    this.agent.destroy();
    this.watchAgent.destroy();
  }

  private async exchange(
    request: HttpRequest,
  ): Promise<{ response: HttpResponse; retryAfterSeconds: number | undefined }> {
    const message = await this.open(request, this.agent, REQUEST_TIMEOUT_SECONDS);
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const status = message.statusCode ?? 0;
    const isJson = message.headers["content-type"]?.startsWith("application/json") ?? false;
    const body = isJson ? (JSON.parse(text) as Json) : text;
    const again = [429, 502, 503, 504].includes(status) || (status === 500 && text.includes("etcdserver:"));
    return {
      response: { status, body, warnings: warningTexts(message.headers["warning"]) },
      retryAfterSeconds: again ? Number(message.headers["retry-after"] ?? 0) || 0 : undefined,
    };
  }

  /** The JSON lines of a watch, until the server ends it. */
  async *lines(path: string, signal?: AbortSignal): AsyncGenerator<Json> {
    const message = await this.open(
      { method: "GET", path, ...signalOption(signal) },
      this.watchAgent,
      undefined,
    );
    if (message.statusCode !== 200) {
      message.resume();
      throw new Error(`watch answered ${message.statusCode ?? "nothing"}`);
    }
    let rest = "";
    message.setEncoding("utf8");
    for await (const chunk of message) {
      const lines = (rest + (chunk as string)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield JSON.parse(line) as Json;
    }
  }

  private async open(
    request: HttpRequest,
    agent: http.Agent,
    timeoutSeconds: number | undefined,
  ): Promise<http.IncomingMessage> {
    const { server } = this.connection;
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const options: https.RequestOptions = {
      method: request.method,
      agent,
      headers: {
        Accept: "application/json",
        "User-Agent": "llm-platform-sandbox",
        ...(body
          ? { "Content-Type": request.contentType ?? "application/json", "Content-Length": body.length }
          : {}),
        ...request.headers,
        ...(await this.connection.headers()),
      },
      ...signalOption(request.signal),
    };
    const url = new URL(server.pathname.replace(/\/$/, "") + request.path, server);
    return await new Promise((resolve, reject) => {
      const sent = (url.protocol === "https:" ? https : http).request(url, options, resolve);
      sent.on("error", reject);
      if (timeoutSeconds !== undefined) {
        sent.setTimeout(timeoutSeconds * 1000, () =>
          sent.destroy(new NoAnswer(`no answer within ${timeoutSeconds} s`)),
        );
      }
      sent.end(body);
    });
  }

  private unreachable(error: unknown): Unreachable {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const cut = MAYBE_CARRIED_OUT.has(code) || error instanceof NoAnswer;
    return new Unreachable(
      // Some errors of Node's net module have a code and an empty message.
      `cannot reach the Kubernetes API server at ${this.server}: ${message || code}. ` +
        (cut
          ? "Whether it carried out the last request is not known; the next update finds out."
          : "Nothing was changed there. Is the cluster running, and is this its address?"),
      { cause: error },
    );
  }
}

function signalOption(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

/** One or more of `299 - "text"`, separated by commas. */
export function warningTexts(header: string | string[] | undefined): string[] {
  const joined = Array.isArray(header) ? header.join(",") : (header ?? "");
  return [...joined.matchAll(/299 \S+ ("(?:[^"\\]|\\.)*")/g)].map(
    (match) => JSON.parse(match[1] ?? '""') as string,
  );
}
