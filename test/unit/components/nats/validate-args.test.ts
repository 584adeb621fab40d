import { expect } from "chai";
import type { NatsArgs } from "../../../../components/nats/args.ts";
import {
  isNatsName,
  isSubject,
  loginsOf,
  type NatsUser,
  publishedSubjects,
} from "../../../../components/nats/users.ts";
import { validateNatsArgs } from "../../../../components/nats/validate-args.ts";
import { ARGS, AUDIT, ORDERS, STREAM } from "./fixtures.ts";

describe("validateNatsArgs", () => {
  const problems = (args: Partial<NatsArgs>) => validateNatsArgs({ ...ARGS, ...args });
  it("finds nothing where all fits", () => expect(problems({})).to.deep.equal([]));

  const CASES: [string, Partial<NatsArgs>, string, RegExp][] = [
    [
      "a name",
      { users: [{ ...ORDERS, name: "Orders" }] },
      "users[0].name",
      /^must be at most 31 letters, digits/,
    ],
    [
      "an account",
      { users: [{ ...ORDERS, account: "a.b" }] },
      "users[0].account",
      /^must be at most 31 letters, digits/,
    ],
    [
      "a second user of a name",
      { users: [ORDERS, { ...AUDIT, name: "orders" }] },
      "users[1].name",
      /^is already the name of another user: "orders"$/,
    ],
    [
      "a subject to publish",
      { users: [{ ...ORDERS, publish: ["a", "a b"] }] },
      "users[0].publish[1]",
      /^is not a valid subject: "a b"$/,
    ],
    ["a subject to read", { users: [{ ...ORDERS, subscribe: ["a..b"] }] }, "users[0].subscribe[0]", /"a..b"/],
    ...[[], [0], [1.5], [1, 1]].map((passwords): [string, Partial<NatsArgs>, string, RegExp] => [
      `passwords ${JSON.stringify(passwords)}`,
      { users: [{ ...ORDERS, passwords }] },
      "users[0].passwords",
      /^must be one or more different whole numbers, at least 1$/,
    ]),
    [
      "the source of a password that belongs to no user",
      { secrets: { orders: { kind: "generated" } } },
      'secrets["orders"]',
      /^belongs to no user/,
    ],
    [
      "no reply",
      { users: [{ ...ORDERS, replies: { max: 0, seconds: 1 } }] },
      "users[0].replies.max",
      /^must be a whole/,
    ],
    [
      "replies without limit",
      { users: [{ ...ORDERS, replies: { max: -1, seconds: 1 } }] },
      "users[0].replies.max",
      /^must be a whole/,
    ],
    [
      "no time",
      { users: [{ ...ORDERS, replies: { max: 1, seconds: 0 } }] },
      "users[0].replies.seconds",
      /^must be a whole/,
    ],
    [
      "limits of an account without users",
      { accounts: { unused: {} } },
      "accounts.unused",
      /^is the account of no user$/,
    ],
    [
      "more storage for accounts than the servers have",
      { accounts: { main: { storageMi: 5000 } } },
      "accounts.main.storageMi",
      /^all accounts together have 5000, and the servers have 4608/,
    ],
    [
      "nothing for an account without a number",
      {
        users: [ORDERS, { ...AUDIT, account: "office" }],
        accounts: { main: { connections: 1000 } },
      },
      "accounts.main.connections",
      /^all accounts together have 1000, and the servers have 1000/,
    ],
    [
      "a stream of an account without users",
      { streams: [{ ...STREAM, account: "unused" }] },
      "streams[0].account",
      /^is the account of no user$/,
    ],
    ["a stream twice", { streams: [STREAM, STREAM] }, "streams[1].name", /^is the name of another stream/],
    ["copies without servers", { streams: [{ ...STREAM, replicas: 3 }] }, "streams[0].replicas", /\(1\)$/],
    [
      "streams larger than their account's part",
      {
        accounts: { main: { storageMi: 10 } },
        streams: [STREAM, { ...STREAM, name: "memory", storage: "memory" }, { ...STREAM, name: "more" }],
      },
      "streams[2].maxMi",
      /^the copies of the streams up to this one need 16 MiB, and storageMi of account main is 10$/,
    ],
    [
      "a consumer twice",
      { streams: [{ ...STREAM, consumers: [...STREAM.consumers, ...STREAM.consumers] }] },
      "streams[0].consumers[1].name",
      /^is the name of another consumer/,
    ],
    [
      "a user of a stream that is not there",
      { users: [{ ...ORDERS, consumes: [{ stream: "jobs", consumer: "worker" }] }] },
      "users[0].consumes[0].stream",
      /^is no stream of its account \(main\)$/,
    ],
    [
      "a user of a consumer that is not there",
      { users: [{ ...ORDERS, consumes: [{ stream: "jobs", consumer: "boss" }] }], streams: [STREAM] },
      "users[0].consumes[0].consumer",
      /^is no consumer of the stream jobs$/,
    ],
    ["a size", { storageGi: 1.5 }, "storageGi", /^must be a whole number of GiB/],
  ];
  for (const [what, args, path, reason] of CASES) {
    it(`refuses ${what}`, () => {
      const found = problems(args);
      expect(found.map(({ propertyPath }) => propertyPath)).to.deep.equal([path]);
      expect(found[0]?.reason).to.match(reason);
    });
  }
});

describe("publishedSubjects", () => {
  it("are those of its consumers alone for a user that consumes", () =>
    expect(
      publishedSubjects({ publish: ["jobs.new"], consumes: [{ stream: "jobs", consumer: "worker" }] }),
    ).to.deep.equal([
      "jobs.new",
      "$JS.API.CONSUMER.INFO.jobs.worker",
      "$JS.API.CONSUMER.MSG.NEXT.jobs.worker",
      "$JS.ACK.jobs.worker.>",
    ]));

  const next = "$JS.API.CONSUMER.MSG.NEXT.jobs.worker";
  const consumes = [">", "$JS.>", "$JS.API.>", "$JS.*.CONSUMER.>", "$JS.API.CONSUMER.CREATE.>", "*.>", next];
  for (const subject of consumes) {
    it(`let a user acknowledge that may publish to ${subject}`, () =>
      expect(publishedSubjects({ publish: ["a", subject] })).to.deep.equal(["a", subject, "$JS.ACK.>"]));
  }
  const others = [
    "a.>",
    "*",
    "$JS.API",
    "$JS.API.STREAM.>",
    "$JS.API.CONSUMER.INFO.>",
    "$JS.API.CONSUMER.MSG.NEXT",
  ];
  for (const subject of others) {
    it(`are left as they are with ${subject}`, () =>
      expect(publishedSubjects({ publish: [subject] })).to.deep.equal([subject]));
  }
  it("have no subject twice", () =>
    expect(publishedSubjects({ publish: ["$JS.API.>", "$JS.ACK.>"] })).to.deep.equal([
      "$JS.API.>",
      "$JS.ACK.>",
    ]));
});

describe("names, subjects and logins of NATS", () => {
  for (const name of ["a", "orders", "a-1", "a".repeat(31)]) {
    it(`take the name ${name}`, () => expect(isNatsName(name)).to.equal(true));
  }
  for (const name of ["", "A", "1a", "-a", "a.b", "a b", 'a"', "a*", "$SYS", "a".repeat(32), "é"]) {
    it(`refuse the name ${JSON.stringify(name)}`, () => expect(isNatsName(name)).to.equal(false));
  }
  for (const subject of ["a", "a.b", "*", ">", "a.*", "*.b", "a.>", "$JS.API.>", "_INBOX.a.>", "A-1_b:c"]) {
    it(`take the subject ${subject}`, () => expect(isSubject(subject)).to.equal(true));
  }
  for (const subject of [
    "",
    ".",
    "a.",
    ".a",
    "a..b",
    ">.a",
    "a>",
    "a*",
    "a b",
    'a"',
    "a\\",
    "a\n",
    "a.>.b",
  ]) {
    it(`refuse the subject ${JSON.stringify(subject)}`, () => expect(isSubject(subject)).to.equal(false));
  }

  const names = (user: NatsUser) => loginsOf(user).map(({ name }) => name);
  it("are one login without a word about passwords", () => expect(names(ORDERS)).to.deep.equal(["orders-1"]));
  it("are a login a password, in their order", () =>
    expect(names({ ...ORDERS, passwords: [2, 1] })).to.deep.equal(["orders-2", "orders-1"]));
});
