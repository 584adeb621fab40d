// Users of one nats-server: logins, subjects, replies, and changes while it runs.
import { expect } from "chai";
import { renderServerConfig } from "../../components/nats/render-server.ts";
import { NatsClient, until } from "./nats-client.ts";
import { ALICE, BOB, KEEPER, login, refusal, useProgram, user, USERS, useServer } from "./nats-fixture.ts";
import { NatsServer, passwordOf, usersFile } from "./nats-server.ts";

describe("nats-server with the rendered files", function () {
  this.timeout(120_000);
  const program = useProgram();

  describe("-t", () => {
    for (const replicas of [1, 3]) {
      it(`accepts the files of ${replicas} server${replicas === 1 ? "" : "s"}`, async () => {
        const users = await usersFile([...USERS, user("twice", { passwords: [2, 1] })]);
        expect(NatsServer.check(program(), replicas, users)).to.equal("");
      });
    }

    it("rejects an error, also in the included file", async () => {
      const users = await usersFile(USERS);
      const config = renderServerConfig({ replicas: 1, storageGi: 1 });
      const check = (text: string, by = config) => NatsServer.check(program(), 1, text, by);
      expect(() => check(users.replace("permissions", "permits"))).to.throw(/unknown field "permits"/);
      expect(() => check(users, `${config}jetstram: {}\n`)).to.throw(/unknown field "jetstram"/);
    });
  });

  describe("one server", () => {
    const { server, as } = useServer(program);

    it("admits only its users", async () => {
      for (const { name } of USERS) expect((await as(`${name}-1`)).isOpen).to.equal(true);
      const { client } = server().ports;
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

    it("reloads changed users without an effect on others", async () => {
      const [alice, bob] = [await as("alice-1"), await as("bob-1")];
      await bob.subscribe("bob.>");
      const newcomer = user("newcomer", { publish: ["bob.>"] });
      await server().change([{ ...ALICE, passwords: [2] }, BOB, KEEPER, newcomer]);

      await until(() => !alice.isOpen, "alice to be sent away");
      expect(await refusal(login(server(), "alice-1"))).to.equal("Authorization Violation");
      expect((await as("alice-2")).isOpen).to.equal(true);
      expect(await refusal(login(server(), "mute-1"))).to.equal("Authorization Violation");
      await (await as("newcomer-1")).publish("bob.news", "hello");
      await until(() => bob.messages.length > 0, "a message on the old connection");
      expect([bob.isOpen, bob.errors]).to.deep.equal([true, []]);
    });

    it("changes a password in steps without rejected logins", async () => {
      const first = await as("alice-1");
      await server().change(USERS.map((each) => (each === ALICE ? { ...ALICE, passwords: [1, 2] } : each)));
      const second = await as("alice-2");
      await second.subscribe("alice.>");
      await server().change(USERS.map((each) => (each === ALICE ? { ...ALICE, passwords: [2, 1] } : each)));
      await first.publish("alice.news", "from the old password");
      await second.settle();
      expect(second.messages.map(({ text }) => text)).to.deep.equal(["from the old password"]);
      await server().change(USERS.map((each) => (each === ALICE ? { ...ALICE, passwords: [2] } : each)));
      await until(() => !first.isOpen, "the old password to end");
      expect([second.isOpen, second.errors]).to.deep.equal([true, []]);
    });

    it("keeps its users if it cannot read the new file", async () => {
      const bob = await as("bob-1");
      await server().changeFile("accounts {");
      expect(server().log).to.include("Failed to reload server configuration");
      await bob.settle();
      expect((await as("alice-1")).isOpen).to.equal(true);
    });

    it("logs no password and no hash", async () => {
      await refusal(NatsClient.login(server().ports.client, "alice-1", "a-wrong-password"));
      await server().change([BOB]);
      await refusal(login(server(), "alice-1"));
      expect(server().log).to.match(/authentication error/);
      expect(server().log).not.to.match(/\$2a\$|a-wrong-password|password-of/);
    });
  });
});
