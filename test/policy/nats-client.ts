import { setImmediate } from "node:timers/promises";
import { connect, createInbox, type NatsConnection } from "@nats-io/transport-node";

export interface NatsMessage {
  readonly subject: string;
  readonly reply: string;
  readonly text: string;
}

/** Servers that are choosing a leader do not answer, and the question has to be asked again. */
const ANSWER_SECONDS = 3;

const NO_RESPONDERS = 503;

/** A connection that remembers what it got, and never reconnects: a refusal and an end are results. */
export class NatsClient {
  /** What arrived on subscriptions. */
  readonly messages: NatsMessage[] = [];
  /** What the server objected to. */
  readonly errors: string[] = [];
  readonly #connection: NatsConnection;

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
    void this.#collectErrors();
  }

  /** Logs in. @throws Error with what the server says when it refuses. */
  static async login(port: number, user?: string, pass?: string): Promise<NatsClient> {
    const options = { servers: `127.0.0.1:${port}`, pedantic: true, reconnect: false };
    const login = { ...(user !== undefined && { user }), ...(pass !== undefined && { pass }) };
    return new NatsClient(await connect({ ...options, ...login }));
  }

  get isOpen(): boolean {
    return !this.#connection.isClosed();
  }

  /** Until the server has done everything that was asked of it. @throws Error when it has ended the connection. */
  async settle(): Promise<void> {
    await this.#connection.flush();
    // Errors that came before the answer to the flush are read in the same turn of the event loop.
    await setImmediate();
  }

  async subscribe(subject: string): Promise<void> {
    this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null || message.headers?.code === NO_RESPONDERS) return;
        this.messages.push({
          subject: message.subject,
          reply: message.reply ?? "",
          text: message.string(),
        });
      },
    });
    await this.settle();
  }

  async publish(subject: string, text = "", reply = ""): Promise<void> {
    this.#connection.publish(subject, text, reply === "" ? {} : { reply });
    await this.settle();
  }

  /** Asks, with an inbox below `prefix`, and gives the first answer; later ones are among the messages, too. */
  async request(subject: string, text: string, prefix: string): Promise<string> {
    const inbox = createInbox(prefix);
    await this.subscribe(inbox);
    await this.publish(subject, text, inbox);
    const answer = () => this.messages.find((message) => message.subject === inbox);
    await until(() => answer() !== undefined, `an answer to ${subject}`, ANSWER_SECONDS);
    return answer()?.text ?? "";
  }

  close(): void {
    void this.#connection.close();
  }

  async #collectErrors(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === "error") this.errors.push(status.error.message);
    }
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
