// etcd and etcdctl from their Go modules.
// Like the official image: both in /usr/local/bin, no entry point, the server as command, /var/lib/etcd, ports.
// What differs: the user is 1024 by default, not root; there is a shell, so one Job can run several commands; no etcdutl.
import { base } from "../base/index.ts";
import { files } from "../files.ts";
import { programs } from "../programs.ts";
import type { Recipe } from "../recipe.ts";

export const etcd: Recipe = {
  name: "etcd",
  layers: [
    base,
    programs("etcd from its Go modules", "etcd", {
      "usr/local/bin/etcd": "etcdServer",
      "usr/local/bin/etcdctl": "etcdctl",
    }),
    files("users", import.meta.dirname, [{ name: "etcd", uid: 1024, home: "/var/lib/etcd" }]),
  ],
  config: {
    uid: 1024,
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    command: ["/usr/local/bin/etcd"],
    workingDir: "/var/lib/etcd",
    ports: [2379, 2380],
    version: "3.6.16",
  },
};
