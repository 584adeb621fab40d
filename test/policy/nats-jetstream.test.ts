// JetStream: who may use a stream, who may make one, and what an account has of the server.
import { expect } from "chai";
import { type NatsClient, until } from "./nats-client.ts";
import {
  ACCOUNTS,
  IMPATIENT,
  jetStream,
  JOBS,
  keep,
  login,
  refusal,
  stream,
  useProgram,
  user,
  USERS,
  useServer,
} from "./nats-fixture.ts";

describe("JetStream of nats-server with the rendered files", function () {
  this.timeout(120_000);
  const { server, as } = useServer(useProgram());

  it("keeps a stream after a kill, and denies it to users without JetStream rights", async () => {
    const keeper = await as("keeper-1");
    await stream(keeper, "CREATE", { name: "kept", subjects: ["alice.>"] });
    await keep(keeper, "before");
    await server().kill();
    server().run();
    await server().untilHealthy();
    expect((await stream(await as("keeper-1"), "INFO")).state?.messages).to.equal(1);
    const bob = await as("bob-1");
    await bob.publish("$JS.API.STREAM.INFO.kept");
    expect(bob.errors).to.deep.equal(['Permissions Violation for Publish to "$JS.API.STREAM.INFO.kept"']);
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
      expect(await server().setStreams([JOBS])).to.deep.equal({ out: "stream jobs: made", failed: false });
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
      expect(await server().setStreams([JOBS])).to.deep.equal({ out: "", failed: false });
      const larger = { ...JOBS, maxMi: 16, maxAgeSeconds: 0 };
      expect(await server().setStreams([larger])).to.deep.equal({
        out: "stream jobs: changed",
        failed: false,
      });
      const { out, failed } = await server().setStreams([{ ...JOBS, storage: "memory" }]);
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
      await server().setStreams([JOBS]);
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
      await jetStream(elsewhere, "STREAM.CREATE.large", { name: "large", subjects: ["large"] }, "elsewhere");
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
      expect(await refusal(login(server(), "elsewhere-1"))).to.match(
        /maximum account active connections|ECONNRESET/i,
      );
      const reason = "maximum account active connections exceeded";
      await until(() => server().log.includes(reason), `"${reason}" in the server's log`);
      expect((await as("alice-1")).isOpen).to.equal(true);
    });

    it("also when an account is added while the server runs", async () => {
      await server().change([...USERS, user("third", { account: "third", publish: ["a"] })]);
      expect(server().log).not.to.match(/Failed to reload|Error enabling jetstream/);
      expect((await as("third-1")).isOpen).to.equal(true);
    });
  });
});
