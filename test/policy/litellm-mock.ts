import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** LiteLLM's name for a key. */
export const digest = (key: string) => createHash("sha256").update(key).digest("hex");

export const MASTER_KEY = "sk-master-key-of-the-test";

/** A virtual key as LiteLLM keeps it. */
export interface Row {
  token: string;
  key_alias: string | null;
  metadata: Record<string, unknown>;
  spend: number;
  expires: string | null;
  [field: string]: unknown;
}

/**
 * A mock of LiteLLM's management interface: the real one needs Prisma's engines, which cannot be had here. It answers
 * as the source of LiteLLM 1.108.10 says: an update of what is not there is a 404, a team that is there cannot be made
 * again, a key that is there is left as it is, an alias is for one key, a key is stored as its SHA-256.
 */
export class MockLiteLlm {
  readonly keys = new Map<string, Row>();
  readonly teams = new Map<string, Record<string, unknown>>();
  readonly requests: string[] = [];
  /** Answers the next requests with this status. */
  readonly failures: number[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
        const url = new URL(request.url ?? "", "http://mock");
        this.requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
        const failure = this.failures.shift();
        const [status, answer] =
          failure !== undefined
            ? [failure, { error: { message: `failed with ${String(body["key"])}` } }]
            : request.headers.authorization === `Bearer ${MASTER_KEY}`
              ? this.#answer(`${request.method ?? ""} ${url.pathname}`, body, url.searchParams)
              : [401, { error: { message: "no such key" } }];
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
      });
    });
  }

  static async start(): Promise<MockLiteLlm> {
    const mock = new MockLiteLlm();
    await new Promise<void>((resolve) => mock.#server.listen(0, "127.0.0.1", resolve));
    return mock;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(route: string, body: Record<string, unknown>, query: URLSearchParams): [number, unknown] {
    const team = String(body["team_id"]);
    const key = String(body["key"]);
    const token = key.startsWith("sk-") ? digest(key) : key;
    switch (route) {
      case "POST /team/update":
        if (!this.teams.has(team)) return [404, { detail: { error: "Team not found" } }];
        this.teams.set(team, { ...this.teams.get(team), ...body });
        return [200, {}];
      case "POST /team/new":
        if (this.teams.has(team)) return [400, { detail: { error: "already exists" } }];
        this.teams.set(team, body);
        return [200, {}];
      case "POST /key/update": {
        const row = this.keys.get(token);
        if (row === undefined) return [404, { error: { message: "Key not found." } }];
        this.keys.set(token, { ...row, ...stored(body) });
        return [200, {}];
      }
      case "POST /key/generate":
        if ([...this.keys.values()].some(({ key_alias: alias }) => alias === body["key_alias"]))
          return [400, { error: { message: "alias already exists" } }];
        if (!this.keys.has(token))
          this.keys.set(token, { ...NEW_ROW, ...stored(body), token, spend: Number(body["spend"]) });
        return [200, {}];
      case "POST /key/delete":
        for (const one of body["keys"] as string[]) this.keys.delete(one);
        return [200, {}];
      case "GET /key/list": {
        const page = Number(query.get("page"));
        const rows = [...this.keys.values()];
        // Small pages, so that the script has to turn them.
        return [200, { keys: rows.slice((page - 1) * 2, page * 2), total_pages: Math.ceil(rows.length / 2) }];
      }
      default:
        return [404, { detail: "Not Found" }];
    }
  }
}

export const NEW_ROW = { key_alias: null, metadata: {}, expires: null };

/** What LiteLLM keeps of a request: not the key itself, and a time in place of a duration. */
function stored(body: Record<string, unknown>) {
  const { duration } = body as { duration?: string | null };
  const fields = Object.fromEntries(
    Object.entries(body).filter(([name]) => !["key", "duration", "spend"].includes(name)),
  );
  if (duration === undefined) return fields;
  return { ...fields, expires: duration === null ? null : `in ${duration}` };
}
