/** What a user may do. Subjects are as NATS has them: `orders.*`, `orders.>`. */
export interface Permissions {
  /** Subjects that it may send to. */
  readonly publish: readonly string[];
  /** Subjects that it may read, besides its own inbox. */
  readonly subscribe: readonly string[];
}

/** How a user may answer a question that it has read, besides its right to publish. */
export interface Replies {
  /** Messages per question. */
  readonly max: number;
  /** From the arrival of the question on. */
  readonly seconds: number;
}

/**
 * The server's own default is one message within two minutes, which is right for a call and loses a streamed answer of a
 * model: that is one message per token, and takes minutes.
 */
export const DEFAULT_REPLIES: Replies = { max: 65_536, seconds: 600 };

/** Where consumers acknowledge messages of streams. */
const ACKNOWLEDGE = "$JS.ACK.>";
/** What the subjects begin with by which a client gets messages of a stream: it makes a consumer, or fetches from one. */
const CONSUMER_CALLS = ["CREATE", "DURABLE.CREATE", "MSG.NEXT"].map((call) => `$JS.API.CONSUMER.${call}`);

/** Somebody who logs in to a NATS server. */
export interface NatsUser extends Permissions {
  /** Begins the names that it logs in with, and names its inbox. */
  readonly name: string;
  /** Where its Secret is: the namespace of its pods. */
  readonly namespace: string;
  /**
   * Users of one account share its subjects and its streams; users of different accounts never see each other's.
   * @default main
   */
  readonly account?: string;
  /** @default {@link DEFAULT_REPLIES} */
  readonly replies?: Replies;
  /**
   * Numbers of the passwords that are valid now; the first is the one in its Secret. To change a password without a
   * refused login: `[1]`, then `[1, 2]`, then `[2, 1]`, then `[2]`.
   * @default [1]
   */
  readonly passwords?: readonly number[];
}

/** One name and one password that the server knows. */
export interface Login {
  readonly user: NatsUser;
  /** NATS takes no two passwords of one name, so each password has a name of its own. */
  readonly name: string;
}

/** Letters, digits and dashes: needs no escaping in a URL, a subject or a resource's name. */
const NAME = /^[a-z][a-z0-9-]{0,30}$/;
const TOKEN = String.raw`(?:\*|[\w$:=/@+-]+)`;
const SUBJECT = new RegExp(String.raw`^(?:>|${TOKEN}(?:\.${TOKEN})*(?:\.>)?)$`);

/** Whether a name can be a user's or an account's. */
export function isNatsName(name: string): boolean {
  return NAME.test(name);
}

/** Whether a text is a subject, with or without wildcards. */
export function isSubject(text: string): boolean {
  return SUBJECT.test(text);
}

/**
 * What a user may send to: if it may consume messages, it may acknowledge them. An acknowledgement would count as a reply
 * otherwise, and a message whose job took longer than `replies.seconds` would be delivered again.
 */
export function publishedSubjects({ publish }: Pick<NatsUser, "publish">): readonly string[] {
  return publish.some(mayConsume) ? [...new Set([...publish, ACKNOWLEDGE])] : publish;
}

function mayConsume(subject: string): boolean {
  const isOpen = subject.endsWith(">");
  const tokens = (isOpen ? subject.slice(0, -1) : subject).split(".").filter((token) => token !== "");
  return CONSUMER_CALLS.map((call) => call.split(".")).some(
    (call) =>
      (isOpen || tokens.length > call.length) &&
      call.every((token, index) => ["*", token].includes(tokens[index] ?? token)),
  );
}

/** What a user logs in as, with one of its passwords. */
export function loginName(user: string, password: number): string {
  return `${user}-${password}`;
}

/** The logins of a user, the one in its Secret first. */
export function loginsOf(user: NatsUser): readonly [Login, ...Login[]] {
  const [first = 1, ...others] = user.passwords ?? [];
  const login = (password: number): Login => ({ user, name: loginName(user.name, password) });
  return [login(first), ...others.map(login)];
}

/**
 * Where a user's answers arrive. Clients are told it as their inbox prefix: on the usual one, `_INBOX`, every user who
 * may read answers would read everybody's.
 */
export function inboxPrefix(user: Pick<NatsUser, "name">): string {
  return `_INBOX.${user.name}`;
}
