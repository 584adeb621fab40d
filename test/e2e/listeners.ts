import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { connect } from "node:net";

/** The inodes of the sockets that a process has. */
function socketsOf(pid: number): ReadonlySet<string> {
  return new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // Closed in between.
      }
    }),
  );
}

const rowsOf = (pid: number | "self", table: string): string[][] =>
  readFileSync(`/proc/${pid}/net/${table}`, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));

/**
 * Addresses (hexadecimal, as in /proc/net) on which a process listens, over IPv4 and IPv6.
 * @param network in the network of this process: a process may have sockets of another one than its own
 */
export function listeners(
  pid: number,
  network: number | "self" = pid,
): { readonly address: string; readonly port: number }[] {
  const sockets = socketsOf(pid);
  return ["tcp", "tcp6"].flatMap((table) =>
    rowsOf(network, table)
      .filter((fields) => fields[3] === "0A" && sockets.has(fields[9] ?? ""))
      .map((fields) => {
        const [address = "", port = ""] = (fields[1] ?? "").split(":");
        return { address, port: Number.parseInt(port, 16) };
      }),
  );
}

/** Paths of the Unix sockets on which a process listens; `@` begins an abstract one, which has no file. */
export function unixListeners(pid: number): string[] {
  const sockets = socketsOf(pid);
  const LISTENS = 0x10000;
  return rowsOf(pid, "unix")
    .filter(
      ([, , , flags = "0", , , inode = ""]) =>
        (Number.parseInt(flags, 16) & LISTENS) > 0 && sockets.has(inode),
    )
    .map((fields) => fields[7] ?? "");
}

/** 127.0.0.1 as /proc/net/tcp writes it on a little-endian machine. */
export const loopback = "0100007F";

/** The user and the group that own no file. */
const UNPRIVILEGED = 65_534;

/** Runs with the rights of an unprivileged user, where this process may change its user. */
export async function asAnotherUser<T>(work: () => Promise<T>): Promise<T> {
  const { geteuid, seteuid, getegid, setegid, getgroups, setgroups } = process;
  if (geteuid?.() !== 0 || !seteuid || !getegid || !setegid || !getgroups || !setgroups) return await work();
  const [group, groups] = [getegid(), getgroups()];
  setgroups([]);
  setegid(UNPRIVILEGED);
  seteuid(UNPRIVILEGED);
  try {
    return await work();
  } finally {
    seteuid(0);
    setegid(group);
    setgroups(groups);
  }
}

/** What a client without credentials may ask a listener for: data, rights, insight. */
const PROBES = [
  "/",
  "/metrics",
  "/debug/pprof/",
  "/debug/pprof/cmdline",
  "/debug/vars",
  "/debug/flags/v",
  "/configz",
  "/flagz",
  "/statusz",
  "/logs/",
  "/pods",
  "/discovery/prometheus",
  "/health",
  "/healthz",
  "/livez",
  "/readyz",
  "/version",
  "/openapi/v2",
  "/api/v1/secrets",
  "/apis",
  "/v3/kv/range",
  "/members",
  "/raft",
] as const;

/** What Kubernetes gives to everybody: probes of load balancers have no credentials. No object, name or setting. */
export const OPEN_OF_API_SERVER = ["/healthz 200", "/livez 200", "/readyz 200", "/version 200"] as const;

const REFUSALS = new Set([400, 401, 403, 404]);

/** The probes that a listener answers without credentials, each with the answer's status. */
export async function answersOf(port: number): Promise<string[]> {
  const answers: string[] = [];
  for (const [scheme, client] of [
    ["http", http],
    ["https", https],
  ] as const) {
    for (const path of PROBES) {
      const status = await statusOf(client, `${scheme}://127.0.0.1:${port}${path}`);
      if (status !== undefined && !REFUSALS.has(status)) answers.push(`${path} ${status}`);
    }
  }
  return answers;
}

function statusOf(client: typeof http | typeof https, url: string): Promise<number | undefined> {
  // The whole key space of etcd; any other server ignores the body.
  const body = JSON.stringify({ key: "AA==", range_end: "AA==", limit: 1 });
  return new Promise((settle) => {
    const method = url.endsWith("/range") ? "POST" : "GET";
    const request = client.request(url, { method, rejectUnauthorized: false, timeout: 3_000 }, (answer) => {
      answer.destroy();
      settle(answer.statusCode);
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", () => settle(undefined));
    request.end(method === "POST" ? body : undefined);
  });
}

/** Whether a Unix socket takes a connection. */
export function opens(path: string): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(path.replace(/^@/, "\0"));
    socket.once("error", () => settle(false));
    socket.once("connect", () => {
      socket.destroy();
      settle(true);
    });
  });
}
