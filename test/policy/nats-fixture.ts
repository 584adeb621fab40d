// Users of the tests of NATS, a server that has them, and what the tests ask it.
import { expect } from "chai";
import type { NatsStream } from "../../components/nats/streams.ts";
import type { NatsUser } from "../../components/nats/users.ts";
import { NatsClient } from "./nats-client.ts";
import { freePorts, natsProgram, NatsServer, passwordOf } from "./nats-server.ts";

export const user = (name: string, rest: Partial<NatsUser> = {}): NatsUser => ({
  name,
  namespace: "apps",
  publish: [],
  subscribe: [],
  ...rest,
});
/** What a call needs: one answer, soon. */
const ONE_REPLY = { max: 1, seconds: 120 };
export const ALICE = user("alice", {
  publish: ["alice.>", "questions"],
  subscribe: ["alice.>", "questions"],
  replies: ONE_REPLY,
});
export const BOB = user("bob", { publish: ["bob.>", "questions"], subscribe: ["bob.>"] });
export const KEEPER = user("keeper", { publish: ["alice.>", "$JS.API.>"] });
const MUTE = user("mute", { subscribe: ["alice.>"] });
/** Answers in parts. */
const STREAMER = user("streamer", { subscribe: ["questions"] });
/** Answers soon or not at all: its acknowledgements are late after a second. */
export const IMPATIENT = { max: 65_536, seconds: 1 };
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
export const USERS = [ALICE, BOB, KEEPER, MUTE, STREAMER, WORKER, READER, ELSEWHERE, CLERK, MALLORY];
export const ACCOUNTS = { other: { storageMi: 1, connections: 3 } };
export const JOBS: NatsStream = {
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

export const login = (server: NatsServer, name: string) =>
  NatsClient.login(server.ports.client, name, passwordOf(name));

export async function refusal(attempt: Promise<NatsClient>): Promise<string> {
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
export const stream = (client: NatsClient, verb: string, body: object = {}) =>
  jetStream(client, `STREAM.${verb}.kept`, body);

export async function jetStream(
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

export async function keep(client: NatsClient, text: string): Promise<void> {
  const answer = await client.request("alice.kept", text, "_INBOX.keeper");
  expect(JSON.parse(answer)).to.include({ stream: "kept" });
}

/** Builds the program before the tests of a suite. @returns its path, during the tests */
export function useProgram(): () => string {
  let program: string;
  before("builds the program", async function () {
    this.timeout(600_000);
    program = await natsProgram();
  });
  return () => program;
}

/** One server with the users of this file, new for each test. */
export function useServer(program: () => string): {
  readonly server: () => NatsServer;
  /** Logs in. The connection is closed after the test. */
  readonly as: (login: string) => Promise<NatsClient>;
} {
  let server: NatsServer;
  const clients: NatsClient[] = [];
  beforeEach(async () => {
    server = await NatsServer.start({
      program: program(),
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
  return {
    server: () => server,
    as: async (name) => {
      const client = await login(server, name);
      clients.push(client);
      return client;
    },
  };
}
