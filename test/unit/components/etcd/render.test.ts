import { expect } from "chai";
import { renderFlags } from "../../../../components/etcd/render-flags.ts";
import { passwordVariable, renderUsers } from "../../../../components/etcd/users.ts";

describe("renderFlags", () => {
  it("says all of three members", () =>
    expect(renderFlags({ namespace: "data", members: 3, quotaGi: 2 })).to.deep.equal([
      "--name=$(POD_NAME)",
      "--data-dir=/data/etcd",
      "--listen-client-urls=http://0.0.0.0:2379",
      "--listen-client-http-urls=http://0.0.0.0:2381",
      "--advertise-client-urls=http://$(POD_NAME).etcd-headless.data.svc.cluster.local:2379",
      "--listen-peer-urls=http://0.0.0.0:2380",
      "--initial-advertise-peer-urls=http://$(POD_NAME).etcd-headless.data.svc.cluster.local:2380",
      "--initial-cluster=etcd-0=http://etcd-0.etcd-headless.data.svc.cluster.local:2380," +
        "etcd-1=http://etcd-1.etcd-headless.data.svc.cluster.local:2380," +
        "etcd-2=http://etcd-2.etcd-headless.data.svc.cluster.local:2380",
      "--initial-cluster-state=new",
      "--initial-cluster-token=etcd.data",
      "--listen-metrics-urls=http://0.0.0.0:8080",
      "--auto-compaction-mode=periodic",
      "--auto-compaction-retention=1h",
      "--quota-backend-bytes=2147483648",
    ]));
});

describe("renderUsers", () => {
  it("names users, keys and variables, and does not depend on order", () => {
    expect(JSON.parse(renderUsers({ b: {}, "a-c": {} }))).to.deep.equal({
      users: [
        { name: "a-c", keyPrefix: "/a-c/", passwordVariable: "PASSWORD_A_C" },
        { name: "b", keyPrefix: "/b/", passwordVariable: "PASSWORD_B" },
      ],
    });
    expect(renderUsers({ b: {}, a: {} })).to.equal(renderUsers({ a: {}, b: {} }));
  });
  it("gives no user the variable of root", () =>
    expect(passwordVariable("root")).to.not.equal("ROOT_PASSWORD"));
});
