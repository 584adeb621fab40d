// Three servers as one: copies of a stream, users on all of them, and a stranger.
import { expect } from "chai";
import { until } from "./nats-client.ts";
import { BOB, jetStream, keep, login, refusal, stream, useProgram, USERS } from "./nats-fixture.ts";
import { freePorts, NatsServer } from "./nats-server.ts";

describe("three servers with the rendered files", function () {
  this.timeout(120_000);
  const program = useProgram();
  let servers: NatsServer[];

  before(async () => {
    const ports = await freePorts(3);
    servers = await Promise.all(
      ports.map((_, index) => NatsServer.start({ program: program(), users: USERS, ports, index })),
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
      program: program(),
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
