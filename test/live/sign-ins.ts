// What `make credentials` prints, as a person reads it.
import type { LiveStack } from "./live-stack.ts";

export interface SignIn {
  readonly url: string;
  readonly user: string;
  /** From the kubectl command that is listed. */
  readonly password: string;
}

/** By service, only for services with a web page. */
export async function listedSignIns(stack: LiveStack): Promise<Readonly<Record<string, SignIn>>> {
  const output = await stack.workplace.makeDone("credentials", "STACK=live");
  const row = /^(\S+) +(http:\S+) +(\S+@\S+|\(API key\)) +([^/ ]+)\/([^/ ]+)\/(\S+)$/gm;
  // A tenant's key at the gateway has a row, too: the users of the tenant need it.
  const rows = [...output.matchAll(row)].filter(
    ([, , , , namespace]) => !namespace?.startsWith("llm-tenant-"),
  );
  const found = rows.map(async ([, service = "", url = "", user = "", namespace = "", name = ""]) => {
    const command = output.split("\n").find((line) => line.includes(`-n ${namespace} ${name} `)) ?? "false";
    return [service, { url, user, password: await stack.workplace.shellDone("live", command) }] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}
