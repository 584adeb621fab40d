import { type Context, makeCommand } from "./context.ts";
import { CommandError, exitCodes } from "./errors.ts";
import { openSandbox } from "./sandbox.ts";
import { serviceTable } from "./service-table.ts";
import { freeStack } from "./stack-lock.ts";
import { shellFile } from "./stack-state.ts";
import { renderDuration } from "./table.ts";

/** Deploys the stack and repairs what was changed by hand: `--refresh` reads the cluster before the update. */
export async function up(context: Context): Promise<number> {
  const sandbox = await openSandbox(context);
  const { pulumi, seconds } = sandbox;
  await freeStack(context, pulumi);
  const started = Date.now();
  const code = await pulumi.operate("up", "--refresh", "--yes", "--skip-preview", "--suppress-outputs");
  const updateSeconds = (Date.now() - started) / 1000;
  if (code !== 0) {
    throw new CommandError(`the update of stack ${context.stack} failed`, {
      where: context.paths.root,
      why: `${code > 128 ? "Pulumi was stopped" : "see Pulumi's output above"}; completed steps are kept`,
      fix:
        `remove the cause and run \`${makeCommand(context, "up")}\` again; it continues where it stopped. After \`. ` +
        `${shellFile(context.paths)}\`, pulumi and kubectl use this sandbox`,
    });
  }
  const table = await serviceTable(context, sandbox);
  const times = [
    `tools ${renderDuration(seconds.tools)}`,
    `cluster ${renderDuration(seconds.cluster)}`,
    `update ${renderDuration(updateSeconds)}`,
  ];
  process.stdout.write(
    `\n${table.text}\n\n${times.join(", ")}\nto sign in: ${makeCommand(context, "credentials")}\n`,
  );
  if (table.allReady) return exitCodes.done;
  throw new CommandError("some services are not ready", {
    where: 'see the rows marked "not ready" above',
    fix: `\`${makeCommand(context, "status")}\` shows them again; \`kubectl describe\` shows what a workload waits for`,
  });
}
