import { expect } from "chai";
import { renderServerConfig, renderStartScript } from "../../../../components/nats/render-server.ts";
import { renderUsers } from "../../../../components/nats/render-users.ts";
import { loginsOf, type NatsUser } from "../../../../components/nats/users.ts";
import { AUDIT, ORDERS } from "./fixtures.ts";

describe("renderUsers", () => {
  const hashed = (users: readonly NatsUser[]) =>
    users.flatMap(loginsOf).map((login) => ({ ...login, hash: `$2a$10$${login.name}` }));

  it("says who may do what in which account", () =>
    expect(renderUsers(hashed([{ ...ORDERS, account: "shop", replies: { max: 1, seconds: 120 } }, AUDIT]))).to
      .equal(`accounts {
  "main": {
    jetstream: enabled
    users: [
      { user: "audit-1", password: "$2a$10$audit-1", permissions: { publish: { deny: [">"] }, subscribe: { allow: ["_INBOX.audit.>", "orders.*"] }, allow_responses: { max: 65536, expires: "600s" } } }
    ]
  }
  "shop": {
    jetstream: enabled
    users: [
      { user: "orders-1", password: "$2a$10$orders-1", permissions: { publish: { allow: ["$JS.ACK.>", "$JS.API.>", "orders.>"] }, subscribe: { allow: ["_INBOX.orders.>", "orders.>"] }, allow_responses: { max: 1, expires: "120s" } } }
    ]
  }
}
`));

  it("depends on no order, of users, subjects or passwords", () => {
    const one = hashed([{ ...ORDERS, passwords: [1, 2], publish: ["a", "b"] }, AUDIT]);
    const other = hashed([AUDIT, { ...ORDERS, passwords: [2, 1], publish: ["b", "a"] }]);
    expect(renderUsers(one)).to.equal(renderUsers(other));
  });
});

describe("renderServerConfig", () => {
  it("is one server", () =>
    expect(renderServerConfig({ replicas: 1, storageGi: 10 })).to.equal(`server_name: $POD_NAME
port: 4222
http_port: 8222
jetstream {
  store_dir: "/data/alone"
  max_memory_store: 128MiB
  max_file_store: 9216MiB
}
include "users.conf"
`));

  it("is one of three servers, with its streams in another folder", () => {
    const config = renderServerConfig({ replicas: 3, storageGi: 10 });
    expect(config).to.include('store_dir: "/data/cluster"');
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
