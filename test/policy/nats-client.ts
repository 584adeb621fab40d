import { connect, type Socket } from "node:net";

export interface NatsMessage {
  readonly subject: string;
  readonly reply: string;
  readonly text: string;
}

/** Servers that are choosing a leader do not answer, and the question has to be asked again. */
const ANSWER_SECONDS = 3;

/** Of the server's protocol, what a test needs: https://docs.nats.io/reference/reference-protocols/nats-protocol. */
export class NatsClient {
  /** What arrived on subscriptions. */
  readonly messages: NatsMessage[] = [];
  /** What the server objected to. */
  readonly errors: string[] = [];
  #received = Buffer.alloc(0);
  #isOpen = true;
  #pongs = 0;
  #inbox = 0;
  #subscriptions = 0;
  readonly #socket: Socket;

  private constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (data) => {
      this.#received = Buffer.concat([this.#received, data]);
      while (this.#takeOne());
    });
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => (this.#isOpen = false));
  }

  /** Logs in. @throws Error with what the server says when it refuses. */
  static async login(port: number, user?: string, pass?: string): Promise<NatsClient> {
    const client = new NatsClient(port);
    const options = { verbose: false, pedantic: true, lang: "test", version: "0", user, pass };
    client.#send(`CONNECT ${JSON.stringify(options)}`);
    await client.settle();
    return client;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Until the server has done everything that was asked of it. @throws Error when it has ended the connection. */
  async settle(): Promise<void> {
    const wanted = this.#pongs + 1;
    this.#send("PING");
    await until(() => this.#pongs >= wanted || !this.#isOpen, "a PONG");
    if (!this.#isOpen) throw new Error(this.errors.at(-1) ?? "the connection was closed");
  }

  async subscribe(subject: string): Promise<void> {
    this.#subscriptions += 1;
    this.#send(`SUB ${subject} ${this.#subscriptions}`);
    await this.settle();
  }

  async publish(subject: string, text = "", reply = ""): Promise<void> {
    this.#send(`PUB ${subject} ${reply} ${Buffer.byteLength(text)}\r\n${text}`);
    await this.settle();
  }

  /** Asks, with an inbox below `prefix`, and gives the answer. */
  async request(subject: string, text: string, prefix: string): Promise<string> {
    this.#inbox += 1;
    const inbox = `${prefix}.${this.#inbox}`;
    await this.subscribe(inbox);
    await this.publish(subject, text, inbox);
    const answer = () => this.messages.find((message) => message.subject === inbox);
    await until(() => answer() !== undefined, `an answer to ${subject}`, ANSWER_SECONDS);
    return answer()?.text ?? "";
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(text: string): void {
    this.#socket.write(`${text}\r\n`);
  }

  /** Takes one line of the protocol, with its payload; false when there is no whole one. */
  #takeOne(): boolean {
    const end = this.#received.indexOf("\r\n");
    if (end === -1) return false;
    const [verb = "", ...words] = this.#received.subarray(0, end).toString().split(" ");
    const payload = verb === "MSG" ? Number(words.at(-1)) + 2 : 0;
    const next = end + 2 + payload;
    if (this.#received.length < next) return false;
    if (verb === "MSG") {
      const [subject = "", , reply] = words;
      const text = this.#received.subarray(end + 2, next - 2).toString();
      this.messages.push({ subject, reply: words.length === 4 ? (reply ?? "") : "", text });
    }
    if (verb === "-ERR") this.errors.push(words.join(" ").replaceAll("'", ""));
    if (verb === "PONG") this.#pongs += 1;
    if (verb === "PING") this.#send("PONG");
    this.#received = this.#received.subarray(next);
    return true;
  }
}

/** @throws Error that names what did not happen in time. */
export async function until(
  happened: () => boolean | Promise<boolean>,
  what: string,
  timeoutSeconds = 20,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (!(await happened())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutSeconds} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
