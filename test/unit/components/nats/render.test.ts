import { expect } from "chai";
import fc from "fast-check";
import { accountShares } from "../../../../components/nats/accounts.ts";
import { renderStreams } from "../../../../components/nats/streams.ts";
import { renderServerConfig, renderStartScript } from "../../../../components/nats/render-server.ts";
import { renderUsers } from "../../../../components/nats/render-users.ts";
import { loginsOf, type NatsUser } from "../../../../components/nats/users.ts";
import { AUDIT, ORDERS, STREAM } from "./fixtures.ts";

describe("renderUsers", () => {
  const hashed = (users: readonly NatsUser[]) =>
    users.flatMap(loginsOf).map((login) => ({ ...login, hash: `$2a$10$${login.name}` }));

  it("says who may do what in which account", () =>
    expect(
      renderUsers(hashed([{ ...ORDERS, account: "shop", replies: { max: 1, seconds: 120 } }, AUDIT]), {
        shares: accountShares(
          ["main", "shop"],
          { main: { storageMi: 100, streams: 20 } },
          { replicas: 1, storageGi: 10 },
        ),
      }),
    ).to.equal(`accounts {
  "main": {
    jetstream: { max_file: 100MiB, max_memory: 64MiB, max_streams: 20, max_consumers: 100, max_bytes_required: false }
    limits: { max_connections: 500, max_subscriptions: 1000 }
    users: [
      { user: "audit-1", password: "$2a$10$audit-1", permissions: { publish: { deny: [">"] }, subscribe: { allow: ["_INBOX.audit.>", "orders.*"] }, allow_responses: { max: 65536, expires: "600s" } } }
    ]
  }
  "shop": {
    jetstream: { max_file: 9116MiB, max_memory: 64MiB, max_streams: 100, max_consumers: 100, max_bytes_required: false }
    limits: { max_connections: 500, max_subscriptions: 1000 }
    users: [
      { user: "orders-1", password: "$2a$10$orders-1", permissions: { publish: { allow: ["$JS.ACK.>", "$JS.API.>", "orders.>"] }, subscribe: { allow: ["_INBOX.orders.>", "orders.>"] }, allow_responses: { max: 1, expires: "120s" } } }
    ]
  }
}
`));

  it("depends on no order, of users, subjects or passwords", () => {
    const one = hashed([{ ...ORDERS, passwords: [1, 2], publish: ["a", "b"] }, AUDIT]);
    const other = hashed([AUDIT, { ...ORDERS, passwords: [2, 1], publish: ["b", "a"] }]);
    const file = { shares: accountShares(["main"], {}, { replicas: 1, storageGi: 1 }) };
    expect(renderUsers(one, file)).to.equal(renderUsers(other, file));
  });
});

describe("accountShares", () => {
  const server = { replicas: 1, storageGi: 10 };
  it("gives one account everything", () =>
    expect(accountShares(["main"], {}, server)).to.deep.equal({
      main: { storageMi: 9216, memoryMi: 128, connections: 1000, streams: 100 },
    }));

  it("divides what is left, and never more than the servers have", () =>
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom("a", "b", "c"),
          fc.record({ storageMi: fc.nat(3000) }, { requiredKeys: [] }),
        ),
        (limits) => {
          const shares = Object.values(accountShares(["a", "b", "c", "d"], limits, server));
          const sum = shares.reduce((all, { storageMi }) => all + storageMi, 0);
          expect(sum)
            .to.be.at.most(9216)
            .and.to.be.greaterThan(9216 - 4);
        },
      ),
    ));

  it("counts the volumes of every server of a cluster", () =>
    expect(accountShares(["main"], {}, { ...server, replicas: 3 })).to.have.nested.property(
      "main.storageMi",
      27648,
    ));
});

describe("renderStreams", () => {
  it("says each stream with its consumers as the server takes them, by account", () =>
    expect(
      JSON.parse(renderStreams([STREAM, { ...STREAM, name: "a", account: "back-office" }])),
    ).to.deep.equal({
      accounts: [
        {
          login: "streams_back-office",
          passwordVariable: "PASSWORD_BACK_OFFICE",
          streams: [{ config: { ...CONFIG, name: "a" }, consumers: [CONSUMER] }],
        },
        {
          login: "streams_main",
          passwordVariable: "PASSWORD_MAIN",
          streams: [{ config: CONFIG, consumers: [CONSUMER] }],
        },
      ],
    }));
  const CONFIG = {
    name: "jobs",
    subjects: ["jobs.>"],
    storage: "file",
    retention: "workqueue",
    max_bytes: 8_388_608,
    max_age: 60_000_000_000,
    discard: "new",
    num_replicas: 1,
  };
  const CONSUMER = {
    name: "worker",
    durable_name: "worker",
    ack_policy: "explicit",
    ack_wait: 30_000_000_000,
    max_ack_pending: 10,
    max_deliver: -1,
    filter_subjects: ["jobs.new"],
  };
});

describe("renderServerConfig", () => {
  it("is one server", () =>
    expect(renderServerConfig({ replicas: 1, storageGi: 10 })).to.equal(`server_name: $POD_NAME
port: 4222
http_port: 8222
max_connections: 1000
jetstream {
  store_dir: "/data/alone"
  max_memory_store: 256MiB
  max_file_store: 18432MiB
}
include "users.conf"
`));

  it("is one of three servers, with its streams in another folder", () => {
    const config = renderServerConfig({ replicas: 3, storageGi: 10 });
    expect(config).to.include(
      'store_dir: "/data/cluster"\n  max_memory_store: 128MiB\n  max_file_store: 9216MiB\n',
    );
    expect(config).to.include(`cluster {
  name: nats
  port: 6222
  authorization { user: route, password: $ROUTE_PASSWORD }
  routes: [$ROUTE_0, $ROUTE_1, $ROUTE_2]
}
`);
  });

  it("includes the users by a relative path, since the server joins it to its own folder", () =>
    expect(renderServerConfig({ replicas: 1, storageGi: 1 })).to.match(/^include "[^/]/m));

  it("starts by a script that runs the server in its own place", () =>
    expect(renderStartScript()).to.match(/^exec nats-server --config "\$PWD\/nats-server\.conf"$/m));
});
