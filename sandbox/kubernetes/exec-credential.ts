import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { listAt, mapAt, textAt } from "./json.ts";
import type { Json, JsonMap } from "./json.ts";

/** Tokens from a kubeconfig `exec` plugin (client.authentication.k8s.io), kept until they expire. */
export function execCredentialHeaders(exec: JsonMap): () => Promise<Record<string, string>> {
  let current: { headers: Record<string, string>; expires: number } | undefined;
  return async () => {
    if (!current || Date.now() > current.expires) current = await run(exec);
    return current.headers;
  };
}

async function run(exec: JsonMap): Promise<{ headers: Record<string, string>; expires: number }> {
  const command = textAt(exec, "command") ?? "";
  const args = exec["args"];
  const extra = listAt(exec, "env").map(
    (entry) => [textAt(entry, "name") ?? "", textAt(entry, "value") ?? ""] as const,
  );
  const apiVersion = textAt(exec, "apiVersion") ?? "client.authentication.k8s.io/v1";
  const info = JSON.stringify({ apiVersion, kind: "ExecCredential", spec: { interactive: false } });
  const environment = { ...process.env, ...Object.fromEntries(extra), KUBERNETES_EXEC_INFO: info };
  const output = await runCommand(
    command,
    Array.isArray(args) ? args.filter((arg) => typeof arg === "string") : [],
    environment,
  );
  const status = mapAt(JSON.parse(output) as Json, "status");
  const token = textAt(status, "token");
  if (token === undefined) throw new Error(`the kubeconfig's exec plugin ${command} gave no token`);
  const expiration = textAt(status, "expirationTimestamp");
  return {
    headers: { Authorization: `Bearer ${token}` },
    expires: expiration === undefined ? Infinity : Date.parse(expiration) - 60_000,
  };
}

async function runCommand(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { env })).stdout;
  } catch (error) {
    const code = (error as { code?: string | number }).code ?? "unknown";
    throw new Error(`the kubeconfig's exec plugin ${command} failed (${code})`, { cause: error });
  }
}
