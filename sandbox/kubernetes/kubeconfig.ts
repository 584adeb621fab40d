import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import type { SecureContextOptions } from "node:tls";
import { parse } from "yaml";
import { execCredentialHeaders } from "./exec-credential.ts";
import { isMap, listAt, mapAt, textAt } from "./json.ts";
import type { Json, JsonMap } from "./json.ts";

export interface Connection {
  readonly server: URL;
  readonly tls: SecureContextOptions & {
    readonly rejectUnauthorized?: boolean;
    readonly servername?: string;
  };
  /** Authorization, if it is by header. */
  headers(): Promise<Record<string, string>>;
  /** The context's namespace. */
  readonly namespace: string | undefined;
}

export interface KubeconfigChoice {
  /** Contents or a path. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Name of a cluster of the kubeconfig, instead of the context's. */
  readonly cluster: string | undefined;
}

/** A kubeconfig that cannot be used. The message never contains its contents, which include keys. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
}

export function loadConnection(choice: KubeconfigChoice): Connection {
  const { config, folder } = readKubeconfig(choice);
  const contextName = choice.context ?? textAt(config, "current-context") ?? "";
  const context = named(config, "contexts", "context", contextName);
  if (!context) throw new KubeconfigError(notFound("context", contextName, namesIn(config, "contexts")));
  const clusterName = choice.cluster ?? textAt(context, "cluster") ?? "";
  const cluster = named(config, "clusters", "cluster", clusterName);
  if (!cluster) throw new KubeconfigError(notFound("cluster", clusterName, namesIn(config, "clusters")));
  const userName = textAt(context, "user") ?? "";
  const user = userName === "" ? {} : named(config, "users", "user", userName);
  if (!user) throw new KubeconfigError(notFound("user", userName, namesIn(config, "users")));
  return connection(cluster, user, folder, textAt(context, "namespace"));
}

/** The default context, for error messages. */
function ambientContext(): string {
  try {
    const { config } = readKubeconfig({ kubeconfig: ambientPath(), context: undefined, cluster: undefined });
    return JSON.stringify(textAt(config, "current-context") ?? "");
  } catch {
    return "none";
  }
}

function ambientPath(): string {
  return process.env["KUBECONFIG"] ?? path.join(homedir(), ".kube", "config");
}

function readKubeconfig(choice: KubeconfigChoice): { config: JsonMap; folder: string } {
  if (choice.kubeconfig === undefined && choice.context === undefined) {
    throw new KubeconfigError(
      "no kubeconfig was given to the kubernetes provider, and a cluster is never chosen by accident. " +
        `The context that would have been used is ${ambientContext()}. ` +
        "Pass `kubeconfig` (contents or path) or `context` to the Provider, or set KUBECONFIG.",
    );
  }
  const given = choice.kubeconfig ?? ambientPath();
  const file = asFile(given);
  const source = file === undefined ? "the kubeconfig's contents" : `the kubeconfig ${file}`;
  const config = parseYaml(file === undefined ? given : readCredential(file).toString("utf8"));
  if (!isMap(config) || !Array.isArray(config["clusters"])) {
    throw new KubeconfigError(`${source} is not a kubeconfig: it is not YAML, or has no list of clusters`);
  }
  return { config, folder: file === undefined ? process.cwd() : path.dirname(file) };
}

/** Undefined if the text is not YAML. The parser's error is not used, because it quotes a line that may contain a key. */
function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** What the users of a kubeconfig's contents sign in with; undefined when a text is something else. */
export function credentialsOf(text: string): unknown[] | undefined {
  if (!isContents(text) || !/\bclusters\b/.test(text)) return undefined;
  const config = parseYaml(text);
  if (!isMap(config) || !Array.isArray(config["clusters"]) || !Array.isArray(config["users"]))
    return undefined;
  return listAt(config, "users").map((entry) => entry["user"]);
}

/** Contents have several lines or are JSON. A path is one line. */
export function isContents(kubeconfig: string): boolean {
  return kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{");
}

function asFile(given: string): string | undefined {
  if (isContents(given)) return undefined;
  if (given.includes(path.delimiter)) {
    throw new KubeconfigError("several kubeconfig files in one value are not supported: merge them into one");
  }
  const file = path.resolve(given.startsWith("~/") ? path.join(homedir(), given.slice(2)) : given);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new KubeconfigError(`the kubeconfig ${file} does not exist`);
  }
  return file;
}

function named(config: JsonMap, list: string, key: string, name: string): JsonMap | undefined {
  const entry = listAt(config, list).find((candidate) => candidate["name"] === name);
  return entry && mapAt(entry, key);
}

function namesIn(config: JsonMap, list: string): string[] {
  return listAt(config, list).map((entry) => String(textAt(entry, "name")));
}

function notFound(what: string, name: string, known: readonly string[]): string {
  return `the kubeconfig has no ${what} ${JSON.stringify(name)}; it has ${known.join(", ") || "none"}`;
}

const CLUSTER_KEYS = [
  "server",
  "certificate-authority",
  "certificate-authority-data",
  "insecure-skip-tls-verify",
  "tls-server-name",
  "extensions",
  "disable-compression",
];
const USER_KEYS = [
  "client-certificate",
  "client-certificate-data",
  "client-key",
  "client-key-data",
  "token",
  "tokenFile",
  "username",
  "password",
  "exec",
  "extensions",
];

function connection(
  cluster: JsonMap,
  user: JsonMap,
  folder: string,
  namespace: string | undefined,
): Connection {
  // Unsupported settings (a proxy, impersonation, an auth provider) would be ignored silently.
  refuseUnknown("cluster", cluster, CLUSTER_KEYS);
  refuseUnknown("user", user, USER_KEYS);
  const server = textAt(cluster, "server");
  if (server === undefined || !URL.canParse(server)) {
    throw new KubeconfigError("the kubeconfig's cluster has no valid server address");
  }
  const file = (value: Json | undefined) =>
    typeof value === "string" ? readCredential(path.resolve(folder, value)) : undefined;
  const material = (section: JsonMap, key: string) => {
    const data = textAt(section, `${key}-data`);
    return data === undefined ? file(section[key]) : Buffer.from(data, "base64");
  };
  const tls = {
    ca: material(cluster, "certificate-authority"),
    cert: material(user, "client-certificate"),
    key: material(user, "client-key"),
    rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
    servername: textAt(cluster, "tls-server-name"),
  };
  return {
    server: new URL(server),
    tls: Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)),
    headers: authorization(user, folder),
    namespace,
  };
}

function authorization(user: JsonMap, folder: string): Connection["headers"] {
  const bearer = (token: string) => ({ Authorization: `Bearer ${token.trim()}` });
  const token = textAt(user, "token");
  const tokenFile = textAt(user, "tokenFile");
  const username = textAt(user, "username");
  if (isMap(user["exec"])) return execCredentialHeaders(user["exec"]);
  // A token file is read each time, because it is rotated.
  if (tokenFile !== undefined && token === undefined) {
    return () => Promise.resolve(bearer(readCredential(path.resolve(folder, tokenFile)).toString("utf8")));
  }
  let headers: Record<string, string> = {};
  if (token !== undefined) headers = bearer(token);
  else if (username !== undefined) {
    const pair = `${username}:${textAt(user, "password") ?? ""}`;
    headers = { Authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  }
  return () => Promise.resolve(headers);
}

function readCredential(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    throw new KubeconfigError(`${file} cannot be read: ${reason}`);
  }
}

function refuseUnknown(section: string, value: JsonMap, known: readonly string[]): void {
  const unknownKeys = Object.keys(value).filter((key) => !known.includes(key));
  if (unknownKeys.length > 0) {
    throw new KubeconfigError(
      `the kubeconfig's ${section} uses ${unknownKeys.join(", ")}, which the stand-in provider does not support`,
    );
  }
}
