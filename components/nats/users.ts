/** What a user may do. Subjects are as NATS has them: `orders.*`, `orders.>`. */
export interface Permissions {
  /** Subjects that it may send to. */
  readonly publish: readonly string[];
  /** Subjects that it may read, besides its own inbox. */
  readonly subscribe: readonly string[];
}

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
