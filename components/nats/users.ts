import { DEFAULT_ACCOUNT } from "./accounts.ts";

/** The rights of a user. Subjects in NATS notation: `orders.*`, `orders.>`. */
interface Permissions {
  /** Subjects that it may publish to. */
  readonly publish: readonly string[];
  /** Subjects that it may subscribe to, in addition to its own inbox. */
  readonly subscribe: readonly string[];
}

/** How a user may answer a request that it received, in addition to its right to publish. */
export interface Replies {
  /** Messages per request. */
  readonly max: number;
  /** Seconds after the arrival of the request. */
  readonly seconds: number;
}

/**
 * The default of the server is one message within two minutes. A streamed answer of a model is one message per token and
 * takes minutes.
 */
export const DEFAULT_REPLIES: Replies = { max: 65_536, seconds: 600 };

/** Where consumers acknowledge messages of streams. */
const ACKNOWLEDGE = "$JS.ACK.>";
/** Prefixes of the subjects by which a client creates a consumer of a stream or fetches from one. */
const CONSUMER_CALLS = ["CREATE", "DURABLE.CREATE", "MSG.NEXT"].map((call) => `$JS.API.CONSUMER.${call}`);

/** A consumer of a stream that the platform makes. */
interface ConsumerRef {
  readonly stream: string;
  readonly consumer: string;
}

/** A user of a NATS server. */
export interface NatsUser extends Permissions {
  /** Prefix of its login names, and name of its inbox. */
  readonly name: string;
  /** Namespace of its Secret and its pods. */
  readonly namespace: string;
  /**
   * Users of one account share subjects and streams. Users of different accounts cannot see each other's.
   * @default main
   */
  readonly account?: string;
  /**
   * Consumers that it may fetch from, and whose messages it may acknowledge.
   * @default none
   */
  readonly consumes?: readonly ConsumerRef[] | undefined;
  /** @default {@link DEFAULT_REPLIES} */
  readonly replies?: Replies;
  /**
   * Numbers of the valid passwords. The first is the one in the Secret. To change a password without rejected
   * logins: `[1]`, then `[1, 2]`, then `[2, 1]`, then `[2]`.
   * @default [1]
   */
  readonly passwords?: readonly number[];
}

/** The account of a user. */
export function accountOf({ account = DEFAULT_ACCOUNT }: Pick<NatsUser, "account">): string {
  return account;
}

/** One login: a name with one password. */
export interface Login {
  readonly user: NatsUser;
  /** NATS does not support two passwords for one name, so each password has its own login name. */
  readonly name: string;
}

/** Letters, digits and dashes: no escaping needed in a URL, a subject or a resource name. */
const NAME = /^[a-z][a-z0-9-]{0,30}$/;
const TOKEN = String.raw`(?:\*|[\w$:=/@+-]+)`;
const SUBJECT = new RegExp(String.raw`^(?:>|${TOKEN}(?:\.${TOKEN})*(?:\.>)?)$`);

/** Whether a text is a valid name of a user or an account. */
export function isNatsName(name: string): boolean {
  return NAME.test(name);
}

/** Whether a text is a subject, with or without wildcards. */
export function isSubject(text: string): boolean {
  return SUBJECT.test(text);
}

/**
 * The subjects that a user may publish to. A user that may consume messages may acknowledge them. Otherwise an
 * acknowledgement would count as a reply, and the server would deliver a message again after `replies.seconds`.
 */
export function publishedSubjects({
  publish,
  consumes = [],
}: Pick<NatsUser, "publish" | "consumes">): readonly string[] {
  const all = [...publish, ...consumes.flatMap(subjectsOfConsumer)];
  return publish.some(mayConsume) ? [...new Set([...all, ACKNOWLEDGE])] : all;
}

/** Clients ask about a consumer before they fetch from it. */
function subjectsOfConsumer({ stream, consumer }: ConsumerRef): string[] {
  return [
    `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
    `$JS.ACK.${stream}.${consumer}.>`,
  ];
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

/** The login name of a user with one of its passwords. */
export function loginName(user: string, password: number): string {
  return `${user}-${password}`;
}

/** The logins of a user; the first is the one in its Secret. */
export function loginsOf(user: NatsUser): readonly [Login, ...Login[]] {
  const [first = 1, ...others] = user.passwords ?? [];
  const login = (password: number): Login => ({ user, name: loginName(user.name, password) });
  return [login(first), ...others.map(login)];
}

/**
 * Prefix of the subjects on which a user receives replies. Clients must set it as their inbox prefix: with the
 * default `_INBOX`, every user that may read replies could read all replies.
 */
export function inboxPrefix(user: Pick<NatsUser, "name">): string {
  return `_INBOX.${user.name}`;
}
