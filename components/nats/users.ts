/** The rights of a user. Subjects in NATS notation: `orders.*`, `orders.>`. */
export interface Permissions {
  /** Subjects that it may publish to. */
  readonly publish: readonly string[];
  /** Subjects that it may subscribe to, in addition to its own inbox. */
  readonly subscribe: readonly string[];
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
   * Numbers of the valid passwords. The first is the one in the Secret. To change a password without rejected
   * logins: `[1]`, then `[1, 2]`, then `[2, 1]`, then `[2]`.
   * @default [1]
   */
  readonly passwords?: readonly number[];
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
