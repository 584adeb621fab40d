import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/**
 * A proxy before a real server. It answers the next requests with the statuses of `failures`, and forwards the others.
 * An error repeats the body of its request.
 */
export class FaultProxy {
  /** Method and address of each request. */
  readonly requests: string[] = [];
  /** `undefined` forwards a request. */
  readonly failures: (number | undefined)[] = [];
  message = "failed";
  readonly #server: Server;

  private constructor(target: string) {
    this.#server = createServer((request, response) => {
      const { method = "", url = "", headers } = request;
      this.requests.push(`${method} ${url}`);
      const failure = this.failures.shift();
      void buffer(request).then(async (body) => {
        if (failure !== undefined) {
          response.writeHead(failure).end(this.message);
          return;
        }
        const answer = await fetch(target + url, {
          method,
          headers: { authorization: headers.authorization ?? "", "content-type": "application/json" },
          ...(method === "GET" ? {} : { body }),
        });
        response.writeHead(answer.status, { "content-type": "application/json" });
        response.end(Buffer.from(await answer.arrayBuffer()));
      });
    });
  }

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
