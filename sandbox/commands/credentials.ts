// How to sign in to each service: address, user, and the Secret with the password or key.
import { type Context, makeCommand } from "./context.ts";
import { CommandError, exitCodes } from "./errors.ts";
import type { Kubectl } from "./kubectl.ts";
import { exposeServices } from "./live-urls.ts";
import { openSandbox } from "./sandbox.ts";
import { type Secret, signInSchema } from "./services.ts";
import { stackClusterStatus } from "./stack-cluster.ts";
import { shellFile, stackExists } from "./stack-state.ts";
import { renderTable } from "./table.ts";

export interface SignIn extends Secret {
  /** Of the service: a URL on the live node, `host:port` in the cluster elsewhere. */
  readonly address: string;
  /** Set only if SHOW=1 and stdout is a terminal. */
  readonly value?: string;
}

/** Whether values are shown. @throws CommandError if stdout is a file or another program. */
export function showsValues(show: string | undefined, isTerminal: boolean, command: string): boolean {
  if (show === undefined || show === "") return false;
  if (show !== "1") {
    throw new CommandError(`SHOW="${show}" is not valid`, {
      where: "SHOW",
      why: "the only value is 1",
      fix: `${command}, or ${command} SHOW=1`,
      exitCode: exitCodes.usage,
    });
  }
  if (!isTerminal) {
    throw new CommandError("passwords are shown on a terminal only", {
      where: "SHOW=1",
      why: "stdout is a file or another program",
      fix: `run \`${command} SHOW=1\` on a terminal, or use the kubectl commands that \`${command}\` lists`,
      exitCode: exitCodes.usage,
    });
  }
  return true;
}

/** The command that writes a value to stdout; it works on any cluster. */
export const showCommand = ({ namespace, name, key }: Secret): string =>
  `kubectl get secret -n ${namespace} ${name} -o go-template='{{index .data "${key}" | base64decode}}{{"\\n"}}'`;

export function renderSignIns(
  signIns: readonly SignIn[],
  { command, settings }: { readonly command: string; readonly settings: string },
): string {
  if (signIns.length === 0) return "no service of this stack has a sign-in";
  const values = signIns.some(({ value }) => value !== undefined);
  const table = renderTable(
    ["SERVICE", "ADDRESS", "USER", "SECRET (NAMESPACE/NAME/KEY)", ...(values ? ["VALUE"] : [])],
    signIns.map(({ service, address, user, namespace, name, key, value }) => [
      service,
      address,
      user ?? "(API key)",
      `${namespace}/${name}/${key}`,
      ...(values ? [value ?? ""] : []),
    ]),
  );
  const note = "A password that was changed on a page is not in its Secret.";
  if (values) return `${table}\n\n${note}`;
  return [
    table,
    "",
    `to show the values on this terminal: ${command} SHOW=1`,
    `to show one with kubectl, after \`. ${settings}\`:`,
    ...signIns.map((signIn) => `  ${showCommand(signIn)}`),
    note,
  ].join("\n");
}

async function valueOf(kubectl: Kubectl, { namespace, name, key }: Secret): Promise<string> {
  const text = await kubectl("get", "secret", "--namespace", namespace, name, "--output", "json");
  const { data } = JSON.parse(text) as { readonly data?: Readonly<Record<string, string>> };
  const value = data?.[key];
  if (value === undefined) throw new CommandError(`Secret ${namespace}/${name} has no key ${key}`);
  return Buffer.from(value, "base64").toString();
}

/** Shows how to sign in. Starts nothing and changes nothing. */
export async function credentials(context: Context): Promise<number> {
  const command = makeCommand(context, "credentials");
  const show = showsValues(context.environment["SHOW"], process.stdout.isTTY, command);
  const fix = `run \`${makeCommand(context, "up")}\` first`;
  if (!stackExists(context) || !(await stackClusterStatus(context)).healthy)
    throw new CommandError(`stack ${context.stack} is not up`, { fix });
  const { pulumi, kubectl } = await openSandbox(context);
  const outputs = signInSchema.safeParse(JSON.parse(await pulumi.query(["stack", "output", "--json"])));
  if (!outputs.success)
    throw new CommandError(`stack ${context.stack} has not been updated to its end`, { fix });
  const { services, secrets } = outputs.data;
  const urls = await exposeServices(context, services);
  const signIns = await Promise.all(
    Object.values(secrets).map(async (secret): Promise<SignIn> => {
      const service = services.find(({ component }) => component === secret.service);
      const address = urls.get(secret.service) ?? service?.address ?? "";
      return { ...secret, address, ...(show ? { value: await valueOf(kubectl, secret) } : {}) };
    }),
  );
  process.stdout.write(`${renderSignIns(signIns, { command, settings: shellFile(context.paths) })}\n`);
  return exitCodes.done;
}
