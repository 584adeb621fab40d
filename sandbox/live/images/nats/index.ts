// nats-server from its Go module.
// Like the official Alpine image: /usr/local/bin/nats-server, the entry point, /etc/nats/nats-server.conf, ports.
// The platform's start script needs a shell with dirname, readlink, sleep and kill, as both have.
// What differs: the version, since the module proxy has a newer one than the tags that are known; the user is 1000 by
// default, not root; Debian's files in the place of Alpine's; no `nats` client.
import { base } from "../base/index.ts";
import { files } from "../files.ts";
import { programs } from "../programs.ts";
import type { Recipe } from "../recipe.ts";

export const nats: Recipe = {
  name: "nats",
  layers: [
    base,
    programs("nats-server from its Go module", "nats-server", { "usr/local/bin/nats-server": "natsServer" }),
    files("entry point", import.meta.dirname, [{ name: "nats", uid: 1000, home: "/data" }]),
  ],
  config: {
    uid: 1000,
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    entrypoint: ["docker-entrypoint.sh"],
    command: ["nats-server", "--config", "/etc/nats/nats-server.conf"],
    ports: [4222, 8222, 6222],
    version: "2.15.2",
  },
};
