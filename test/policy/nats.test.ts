import { expect } from "chai";
import { renderServerConfig } from "../../components/nats/render-server.ts";
import type { NatsUser } from "../../components/nats/users.ts";
import type { NatsStream } from "../../components/nats/streams.ts";
import { NatsClient, until } from "./nats-client.ts";
import { freePorts, natsProgram, NatsServer, passwordOf, usersFile } from "./nats-server.ts";

const user = (name: string, rest: Partial<NatsUser> = {}): NatsUser => ({
  name,
  namespace: "apps",
  publish: [],
  subscribe: [],
  ...rest,
});
/** What a call needs: one answer, soon. */
const ONE_REPLY = { max: 1, seconds: 120 };
const ALICE = user("alice", {
  publish: ["alice.>", "questions"],
  subscribe: ["alice.>", "questions"],
  replies: ONE_REPLY,
});
const BOB = user("bob", { publish: ["bob.>", "questions"], subscribe: ["bob.>"] });
const KEEPER = user("keeper", { publish: ["alice.>", "$JS.API.>"] });
const MUTE = user("mute", { subscribe: ["alice.>"] });
/** Answers in parts. */
const STREAMER = user("streamer", { subscribe: ["questions"] });
/** Answers soon or not at all: its acknowledgements are late after a second. */
const IMPATIENT = { max: 65_536, seconds: 1 };
const WORKER = user("worker", { publish: ["$JS.API.CONSUMER.MSG.NEXT.kept.>"], replies: IMPATIENT });
/** Reads what a push consumer delivers, and may not acknowledge it in its own right. */
const READER = user("reader", { subscribe: ["delivered"], replies: IMPATIENT });
const ELSEWHERE = user("elsewhere", { account: "other", publish: [">"], subscribe: [">"] });
/** Fetches jobs that the platform's stream keeps; nothing else. */
const CLERK = user("clerk", {
  publish: ["jobs.new"],
  consumes: [{ stream: "jobs", consumer: "clerk" }],
  replies: IMPATIENT,
});
/** May make streams, and publish to subjects of its own alone. */
const MALLORY = user("mallory", { publish: ["mallory.>", "$JS.API.>"] });
const USERS = [ALICE, BOB, KEEPER, MUTE, STREAMER, WORKER, READER, ELSEWHERE, CLERK, MALLORY];
const ACCOUNTS = { other: { storageMi: 1, connections: 3 } };
const JOBS: NatsStream = {
  name: "jobs",
  subjects: ["jobs.>"],
  storage: "file",
  retention: "workqueue",
  maxMi: 8,
  maxAgeSeconds: 3600,
  replicas: 1,
  consumers: [
    { name: "clerk", subjects: ["jobs.new"], ackSeconds: 30, maxPending: 100 },
    { name: "boss", subjects: ["jobs.large"], ackSeconds: 30, maxPending: 100, maxDeliveries: 3 },
  ],
};

const login = (server: NatsServer, name: string) =>
  NatsClient.login(server.ports.client, name, passwordOf(name));

async function refusal(attempt: Promise<NatsClient>): Promise<string> {
  try {
    (await attempt).close();
    return "let in";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface StreamAnswer {
  readonly error?: { readonly description: string };
  readonly state?: { readonly messages: number };
  /** Of a consumer: what it has delivered and not seen acknowledged. */
  readonly num_ack_pending?: number;
  readonly cluster?: {
    readonly leader?: string;
    readonly replicas?: readonly { readonly current: boolean }[];
  };
}

/** Asks JetStream; fails with what it objects to. */
const stream = (client: NatsClient, verb: string, body: object = {}) =>
  jetStream(client, `STREAM.${verb}.kept`, body);

async function jetStream(
  client: NatsClient,
  call: string,
  body: object,
  name = "keeper",
): Promise<StreamAnswer> {
  const text = await client.request(`$JS.API.${call}`, JSON.stringify(body), `_INBOX.${name}`);
  const answer = JSON.parse(text) as StreamAnswer;
  if (answer.error !== undefined) throw new Error(answer.error.description);
  return answer;
}

async function keep(client: NatsClient, text: string): Promise<void> {
  const answer = await client.request("alice.kept", text, "_INBOX.keeper");
  expect(JSON.parse(answer)).to.include({ stream: "kept" });
}

describe("nats-server with the rendered files", function () {
  this.timeout(120_000);
  let program: string;
  before("builds the program", async function () {
    this.timeout(600_000);
    program = await natsProgram();
  });

  describe("-t", () => {
    for (const replicas of [1, 3]) {
      it(`accepts the files of ${replicas} server${replicas === 1 ? "" : "s"}`, async () => {
        const users = await usersFile([...USERS, user("twice", { passwords: [2, 1] })]);
        expect(NatsServer.check(program, replicas, users)).to.equal("");
      });
    }

    it("rejects an error, also in the included file", async () => {
      const users = await usersFile(USERS);
      const config = renderServerConfig({ replicas: 1, storageGi: 1 });
      const check = (text: string, by = config) => NatsServer.check(program, 1, text, by);
      expect(() => check(users.replace("permissions", "permits"))).to.throw(/unknown field "permits"/);
      expect(() => check(users, `${config}jetstram: {}\n`)).to.throw(/unknown field "jetstram"/);
    });
  });

  describe("one server", () => {
    let server: NatsServer;
    const clients: NatsClient[] = [];
    const as = async (name: string) => {
      const client = await login(server, name);
      clients.push(client);
      return client;
    };

    beforeEach(async () => {
      server = await NatsServer.start({
        program,
        users: USERS,
        accounts: ACCOUNTS,
        ports: await freePorts(1),
        index: 0,
      });
      await server.untilHealthy();
    });
    afterEach(async () => {
      for (const client of clients.splice(0)) client.close();
      await server.remove();
    });

    it("admits only its users", async () => {
      for (const { name } of USERS) expect((await as(`${name}-1`)).isOpen).to.equal(true);
      const { client } = server.ports;
      const hashed = /"(\$2a\$10\$[^"]+)"/.exec(await usersFile([ALICE]))?.[1];
      expect(hashed).to.be.a("string");
      const refused: readonly [name?: string, password?: string | undefined][] = [
        [],
        ["alice-1", ""],
        ["alice-1", passwordOf("bob-1")],
        ["alice-1", hashed],
        ["alice", passwordOf("alice-1")],
        ["alice-2", passwordOf("alice-2")],
        ["sys", passwordOf("sys")],
      ];
      for (const [name, password] of refused) {
        const answer = await refusal(NatsClient.login(client, name, password));
        expect(answer, name).to.equal("Authorization Violation");
      }
    });

    it("restricts users to their subjects, in both directions", async () => {
      const [alice, bob] = [await as("alice-1"), await as("bob-1")];
      await alice.subscribe("alice.>");
      await alice.publish("alice.news", "own");
      await bob.subscribe("alice.news");
      await bob.publish("alice.news", "foreign");
      expect(bob.errors).to.deep.equal([
        'Permissions Violation for Subscription to "alice.news"',
        'Permissions Violation for Publish to "alice.news"',
      ]);
      expect(alice.errors).to.deep.equal([]);
      expect(alice.messages.map(({ text }) => text)).to.deep.equal(["own"]);
      expect(bob.messages).to.deep.equal([]);
    });

    it("forbids all publishing for a user without publish subjects", async () => {
      const [alice, mute] = [await as("alice-1"), await as("mute-1")];
      await alice.subscribe("alice.>");
      await mute.publish("alice.news", "no");
      await mute.publish("anything", "no");
      expect(mute.errors).to.have.length(2);
      expect(alice.messages).to.deep.equal([]);
    });

    it("gives each account its own subjects", async () => {
      const [alice, elsewhere] = [await as("alice-1"), await as("elsewhere-1")];
      await alice.subscribe("alice.>");
      await elsewhere.subscribe(">");
      await alice.publish("alice.news", "main");
      await elsewhere.publish("alice.news", "other");
      await alice.settle();
      expect(alice.messages.map(({ text }) => text)).to.deep.equal(["main"]);
      expect(elsewhere.messages.map(({ text }) => text)).to.deep.equal(["other"]);
    });

    it("delivers a request and its one response, and hides inboxes from other users", async () => {
      const [alice, bob] = [await as("alice-1"), await as("bob-1")];
      await alice.subscribe("questions");
      const answer = bob.request("questions", "how many?", "_INBOX.bob");
      await until(() => alice.messages.length > 0, "the question");
      const { reply } = alice.messages[0] ?? { reply: "" };
      await alice.publish(reply, "seven");
      expect(await answer).to.equal("seven");

      await alice.publish(reply, "eight");
      for (const inbox of ["_INBOX.bob.>", "_INBOX.>", ">"]) await alice.subscribe(inbox);
      expect(alice.errors).to.deep.equal([
        `Permissions Violation for Publish to "${reply}"`,
        'Permissions Violation for Subscription to "_INBOX.bob.>"',
        'Permissions Violation for Subscription to "_INBOX.>"',
        'Permissions Violation for Subscription to ">"',
      ]);
    });

    it("delivers every part of a streamed response", async () => {
      const [streamer, bob] = [await as("streamer-1"), await as("bob-1")];
      await streamer.subscribe("questions");
      await bob.subscribe("_INBOX.bob.stream");
      await bob.publish("questions", "another question", "_INBOX.bob.stream");
      await until(() => streamer.messages.length > 0, "the question");
      const parts = Array.from({ length: 8 }, (_, index) => `token ${String(index)}`);
      for (const part of parts) await streamer.publish(streamer.messages[0]?.reply ?? "", part);
      await bob.settle();
      expect(streamer.errors).to.deep.equal([]);
      expect(bob.messages.map(({ text }) => text)).to.deep.equal(parts);
    });

    describe("accepts late acknowledgements", () => {
      let keeper: NatsClient;
      const PROGRESS = "+WPI";
      const makeConsumer = async (name: string, config: object = {}) => {
        keeper = await as("keeper-1");
        await stream(keeper, "CREATE", { name: "kept", subjects: ["alice.>"] });
        await jetStream(keeper, `CONSUMER.DURABLE.CREATE.kept.${name}`, {
          stream_name: "kept",
          config: { durable_name: name, ack_policy: "explicit", ack_wait: 60_000_000_000, ...config },
        });
      };
      const pending = async (name: string) =>
        (await jetStream(keeper, `CONSUMER.INFO.kept.${name}`, {})).num_ack_pending;
      const tooLate = () => new Promise((resolve) => setTimeout(resolve, IMPATIENT.seconds * 1000 + 500));

      it("from a user that may fetch from a consumer", async () => {
        await makeConsumer("jobs");
        await keep(keeper, "a long job");
        const worker = await as("worker-1");
        await worker.subscribe("_INBOX.worker.next");
        await worker.publish("$JS.API.CONSUMER.MSG.NEXT.kept.jobs", "", "_INBOX.worker.next");
        await until(() => worker.messages.length > 0, "the message");
        const [{ reply } = { reply: "" }] = worker.messages;
        expect(await pending("jobs")).to.equal(1);
        await tooLate();
        for (const text of [PROGRESS, PROGRESS, "+ACK"]) await worker.publish(reply, text);
        expect(worker.errors).to.deep.equal([]);
        expect(await pending("jobs")).to.equal(0);
      });

      it("and not from one without the right", async () => {
        const reader = await as("reader-1");
        await reader.subscribe("delivered");
        await makeConsumer("pushed", { deliver_subject: "delivered" });
        await keep(keeper, "a long job");
        await until(() => reader.messages.length > 0, "the message");
        const [{ reply } = { reply: "" }] = reader.messages;
        await reader.publish(reply, PROGRESS);
        expect(reader.errors).to.deep.equal([]);
        await tooLate();
        await reader.publish(reply, "+ACK");
        expect(reader.errors).to.deep.equal([`Permissions Violation for Publish to "${reply}"`]);
        expect(await pending("pushed")).to.equal(1);
      });
    });

    describe("gives a user a stream without the right to create streams", () => {
      const fetch = async (client: NatsClient, consumer: string, reply: string) =>
        client.publish(`$JS.API.CONSUMER.MSG.NEXT.jobs.${consumer}`, "", reply);
      const denied = (subject: string) => `Permissions Violation for Publish to "${subject}"`;

      beforeEach(async () => {
        expect(await server.setStreams([JOBS])).to.deep.equal({ out: "stream jobs: made", failed: false });
      });

      it("that it can fill, fetch from and acknowledge to", async () => {
        const clerk = await as("clerk-1");
        const stored = await clerk.request("jobs.new", "one", "_INBOX.clerk");
        expect(JSON.parse(stored)).to.include({ stream: "jobs" });
        await jetStream(clerk, "CONSUMER.INFO.jobs.clerk", {}, "clerk");
        await clerk.subscribe("_INBOX.clerk.next");
        await fetch(clerk, "clerk", "_INBOX.clerk.next");
        const job = () => clerk.messages.find(({ text }) => text === "one");
        await until(() => job() !== undefined, "the job");
        await clerk.publish(job()?.reply ?? "", "+ACK");
        expect(clerk.errors).to.deep.equal([]);
        const { num_ack_pending: left } = await jetStream(clerk, "CONSUMER.INFO.jobs.clerk", {}, "clerk");
        expect(left).to.equal(0);
      });

      it("and nothing else of JetStream", async () => {
        const clerk = await as("clerk-1");
        const subjects = [
          "$JS.API.STREAM.CREATE.mine",
          "$JS.API.STREAM.UPDATE.jobs",
          "$JS.API.STREAM.DELETE.jobs",
          "$JS.API.STREAM.PURGE.jobs",
          "$JS.API.STREAM.MSG.GET.jobs",
          "$JS.API.DIRECT.GET.jobs",
          "$JS.API.CONSUMER.CREATE.jobs.mine",
          "$JS.API.CONSUMER.DURABLE.CREATE.jobs.mine",
          "$JS.API.CONSUMER.DELETE.jobs.boss",
          "$JS.API.CONSUMER.MSG.NEXT.jobs.boss",
          "$JS.ACK.jobs.boss.1.1.1.1.0",
        ];
        for (const subject of subjects) await clerk.publish(subject, "{}");
        expect(clerk.errors).to.deep.equal(subjects.map(denied));
      });

      it("that changes with the configuration, as often as the Job runs", async () => {
        expect(await server.setStreams([JOBS])).to.deep.equal({ out: "", failed: false });
        const larger = { ...JOBS, maxMi: 16, maxAgeSeconds: 0 };
        expect(await server.setStreams([larger])).to.deep.equal({
          out: "stream jobs: changed",
          failed: false,
        });
        const { out, failed } = await server.setStreams([{ ...JOBS, storage: "memory" }]);
        expect([failed, out]).to.deep.equal([
          true,
          "streams_main: stream jobs: stream configuration update can not change storage type",
        ]);
      });
    });

    describe("does not protect the users of one account from a user that may", () => {
      // Accounts are the border: docs/nats.md says so.
      it("make streams: it writes to every subject and reads every inbox", async () => {
        const [alice, bob, mallory] = [await as("alice-1"), await as("bob-1"), await as("mallory-1")];
        await alice.subscribe("alice.>");
        const config = { name: "spy", subjects: ["_INBOX.bob.>", "mallory.>"] };
        const republish = { src: "mallory.>", dest: "alice.>" };
        await jetStream(mallory, "STREAM.CREATE.spy", { ...config, republish }, "mallory");
        await mallory.publish("mallory.orders", "forged");
        await until(() => alice.messages.some(({ subject }) => subject === "alice.orders"), "what it wrote");
        await alice.subscribe("questions");
        await bob.publish("questions", "how many?", "_INBOX.bob.answer");
        await until(() => alice.messages.some(({ text }) => text === "how many?"), "the question");
        await alice.publish("_INBOX.bob.answer", "seven, in secret");
        await until(async () => {
          const { state } = await jetStream(mallory, "STREAM.INFO.spy", {}, "mallory");
          return state?.messages === 2;
        }, "what it reads");
      });

      it("ask: the answer goes where it says, and the server does not ask whether it may write there", async () => {
        await server.setStreams([JOBS]);
        const [alice, clerk] = [await as("alice-1"), await as("clerk-1")];
        await alice.subscribe("alice.>");
        await clerk.publish("jobs.new", "forged");
        await clerk.publish("$JS.API.CONSUMER.MSG.NEXT.jobs.clerk", "", "alice.orders");
        await until(() => alice.messages.some(({ text }) => text === "forged"), "the message");
        expect(clerk.errors).to.deep.equal([]);
      });
    });

    describe("keeps one account from taking the share of another", () => {
      it("of the storage", async () => {
        const [elsewhere, keeper] = [await as("elsewhere-1"), await as("keeper-1")];
        await jetStream(
          elsewhere,
          "STREAM.CREATE.large",
          { name: "large", subjects: ["large"] },
          "elsewhere",
        );
        const answers: string[] = [];
        for (let part = 0; part < 12; part++)
          answers.push(await elsewhere.request("large", "x".repeat(200_000), "_INBOX.elsewhere"));
        expect(answers.at(-1)).to.match(/resource limits exceeded for account/);
        const reserved = { name: "more", subjects: ["more"], max_bytes: 2 * 1024 ** 2 };
        await jetStream(elsewhere, "STREAM.CREATE.more", reserved, "elsewhere").then(
          () => expect.fail("the account has more than its share"),
          (error: unknown) => expect(String(error)).to.match(/insufficient storage resources/),
        );
        await stream(keeper, "CREATE", { name: "kept", subjects: ["alice.>"] });
        await keep(keeper, "x".repeat(200_000));
      });

      it("of the connections", async () => {
        for (let each = 0; each < ACCOUNTS.other.connections; each++) await as("elsewhere-1");
        // The end of the connection can overtake the reason, which the server also logs.
        expect(await refusal(login(server, "elsewhere-1"))).to.match(
          /maximum account active connections|ECONNRESET/i,
        );
        const reason = "maximum account active connections exceeded";
        await until(() => server.log.includes(reason), `"${reason}" in the server's log`);
        expect((await as("alice-1")).isOpen).to.equal(true);
      });

      it("also when an account is added while the server runs", async () => {
        await server.change([...USERS, user("third", { account: "third", publish: ["a"] })]);
        expect(server.log).not.to.match(/Failed to reload|Error enabling jetstream/);
        expect((await as("third-1")).isOpen).to.equal(true);
      });
    });

    it("keeps a stream after a kill, and denies it to users without JetStream rights", async () => {
      const keeper = await as("keeper-1");
      await stream(keeper, "CREATE", { name: "kept", subjects: ["alice.>"] });
      await keep(keeper, "before");
      await server.kill();
      server.run();
      await server.untilHealthy();
      expect((await stream(await as("keeper-1"), "INFO")).state?.messages).to.equal(1);
      const bob = await as("bob-1");
      await bob.publish("$JS.API.STREAM.INFO.kept");
      expect(bob.errors).to.deep.equal(['Permissions Violation for Publish to "$JS.API.STREAM.INFO.kept"']);
    });

    it("reloads changed users without an effect on others", async () => {
      const [alice, bob] = [await as("alice-1"), await as("bob-1")];
      await bob.subscribe("bob.>");
      const newcomer = user("newcomer", { publish: ["bob.>"] });
      await server.change([{ ...ALICE, passwords: [2] }, BOB, KEEPER, newcomer]);

      await until(() => !alice.isOpen, "alice to be sent away");
      expect(await refusal(login(server, "alice-1"))).to.equal("Authorization Violation");
      expect((await as("alice-2")).isOpen).to.equal(true);
      expect(await refusal(login(server, "mute-1"))).to.equal("Authorization Violation");
      await (await as("newcomer-1")).publish("bob.news", "hello");
      await until(() => bob.messages.length > 0, "a message on the old connection");
      expect([bob.isOpen, bob.errors]).to.deep.equal([true, []]);
    });

    it("changes a password in steps without rejected logins", async () => {
      const first = await as("alice-1");
      await server.change(USERS.map((each) => (each === ALICE ? { ...ALICE, passwords: [1, 2] } : each)));
      const second = await as("alice-2");
      await second.subscribe("alice.>");
      await server.change(USERS.map((each) => (each === ALICE ? { ...ALICE, passwords: [2, 1] } : each)));
      await first.publish("alice.news", "from the old password");
      await second.settle();
      expect(second.messages.map(({ text }) => text)).to.deep.equal(["from the old password"]);
      await server.change(USERS.map((each) => (each === ALICE ? { ...ALICE, passwords: [2] } : each)));
      await until(() => !first.isOpen, "the old password to end");
      expect([second.isOpen, second.errors]).to.deep.equal([true, []]);
    });

    it("keeps its users if it cannot read the new file", async () => {
      const bob = await as("bob-1");
      await server.changeFile("accounts {");
      expect(server.log).to.include("Failed to reload server configuration");
      await bob.settle();
      expect((await as("alice-1")).isOpen).to.equal(true);
    });

    it("logs no password and no hash", async () => {
      await refusal(NatsClient.login(server.ports.client, "alice-1", "a-wrong-password"));
      await server.change([BOB]);
      await refusal(login(server, "alice-1"));
      expect(server.log).to.match(/authentication error/);
      expect(server.log).not.to.match(/\$2a\$|a-wrong-password|password-of/);
    });
  });

  describe("three servers", () => {
    let servers: NatsServer[];

    before(async () => {
      const ports = await freePorts(3);
      servers = await Promise.all(
        ports.map((_, index) => NatsServer.start({ program, users: USERS, ports, index })),
      );
      await Promise.all(servers.map((server) => server.untilHealthy()));
    });
    after(() => Promise.all(servers.map((server) => server.remove())));

    it("keep a stream when one of them dies and restarts", async () => {
      const [first, second, third] = servers as [NatsServer, NatsServer, NatsServer];
      const keeper = await login(first, "keeper-1");
      await stream(keeper, "CREATE", {
        ...{ name: "kept", subjects: ["alice.>"], num_replicas: 3 },
        // Each copy of 200 MiB counts, and the account has half of three servers.
        max_bytes: 200 * 1024 ** 2,
      });
      const config = { name: "unbounded", subjects: ["alice2.>"] };
      await jetStream(keeper, "STREAM.CREATE.unbounded", config).then(
        () => expect.fail("a stream without a limit"),
        (error: unknown) => expect(String(error)).to.match(/requires a stream config to have max bytes set/),
      );
      await keep(keeper, "one");
      const { cluster } = await stream(keeper, "INFO");
      keeper.close();
      const leader = Number(/nats-(\d)/.exec(cluster?.leader ?? "")?.[1]);
      const dies = servers[leader] ?? third;
      const stays = dies === second ? first : second;
      await dies.kill();

      const other = await login(stays, "keeper-1");
      await until(async () => {
        const now = await stream(other, "INFO").catch(() => undefined);
        const led = now?.cluster?.leader;
        return led !== undefined && led !== `nats-${leader}`;
      }, "another leader");
      await keep(other, "two");
      expect((await stream(other, "INFO")).state?.messages).to.equal(2);

      dies.run();
      await dies.untilHealthy();
      const back = await login(dies, "keeper-1");
      await until(async () => {
        const { cluster: now } = await stream(back, "INFO");
        return now?.replicas?.length === 2 && now.replicas.every(({ current }) => current);
      }, "three copies");
      other.close();
      back.close();
    });

    it("deliver messages between users of different servers, and all reload changed users", async () => {
      const [first, second] = servers as [NatsServer, NatsServer];
      const [alice, bob] = [await login(first, "alice-1"), await login(second, "bob-1")];
      await alice.subscribe("questions");
      // The servers learn of a subscription one after the other, and drop what comes before.
      await until(async () => {
        await bob.publish("questions", "across");
        return alice.messages.length > 0;
      }, "a message across servers");
      const changed = USERS.map((each) => (each === BOB ? { ...BOB, passwords: [2] } : each));
      await Promise.all(servers.map((server) => server.change(changed)));
      await until(() => !bob.isOpen, "bob to be sent away");
      for (const server of servers) {
        expect(await refusal(login(server, "bob-1"))).to.equal("Authorization Violation");
        (await login(server, "bob-2")).close();
      }
      await alice.settle();
      alice.close();
    });

    it("reject a server with another password", async () => {
      const [own] = await freePorts(1);
      const ports = servers.map((server) => server.ports);
      if (own === undefined) throw new Error("no ports");
      const stranger = await NatsServer.start({
        program,
        users: USERS,
        ports: [...ports.slice(0, 2), own],
        index: 2,
        routePassword: "route-wrong",
      });
      try {
        await until(() => stranger.log.includes("Authorization Violation"), "a refusal");
        expect(await stranger.health()).to.equal(false);
      } finally {
        await stranger.remove();
      }
    });
  });
});
