import { existsSync, rmSync } from "node:fs";
import { PART_OF } from "../../components/core/labels.ts";
import { type Context, existingSandboxes, makeCommand } from "./context.ts";
import { readDeployment } from "./deployment.ts";
import { drainQueues } from "./drain-queues.ts";
import { CommandError, exitCodes, InterruptedError, renderError } from "./errors.ts";
import { removeForeignFinalizers } from "./foreign-finalizers.ts";
import type { Kubectl } from "./kubectl.ts";
import { interrupted } from "./run.ts";
import { openSandbox } from "./sandbox.ts";
import { stopStackCluster } from "./stack-cluster.ts";
import { freeStack, refuseWhenHeld } from "./stack-lock.ts";
import { stackExists } from "./stack-state.ts";

/** Every object that carries our label, as kubectl names it: "deployment.apps/litellm". */
async function labelledObjects(kubectl: Kubectl): Promise<string[]> {
  const kinds = (await kubectl("api-resources", "--verbs=list", "--output=name")).trim().split("\n");
  // Events can refer to deleted objects.
  const listed = kinds.filter((kind) => !kind.startsWith("events")).join(",");
  const selector = `app.kubernetes.io/part-of=${PART_OF}`;
  const text = await kubectl("get", listed, "--all-namespaces", "--selector", selector, "--output=name");
  return text.split("\n").filter((line) => line !== "");
}

/** Destroys the stack and checks that no object is left. @returns the problems */
async function destroy(context: Context): Promise<string[]> {
  const { report } = context;
  const { pulumi, kubectl } = await openSandbox(context);
  await freeStack(context, pulumi);
  const deployment = readDeployment(await pulumi.query(["stack", "export"]));
  if (deployment.protectedCount > 0) {
    report.line(
      `${deployment.protectedCount} resources are protected; the protection is removed in this sandbox`,
    );
    await pulumi.query(["state", "unprotect", "--all", "--yes"]);
  }
  await drainQueues(kubectl);
  await removeForeignFinalizers(kubectl, report);
  const code = await pulumi.operate("destroy", "--yes", "--skip-preview");
  if (code === interrupted)
    throw new CommandError("interrupted", {
      fix: `run \`${makeCommand(context, "down")}\` again; it continues where it stopped`,
    });
  if (code !== 0) return [`pulumi destroy failed (exit code ${code}), see above`];

  const left = (await labelledObjects(kubectl)).filter((name) => !deployment.retains(name));
  if (left.length === 0) return [];
  if (!deployment.interrupted) return [`left behind by the stack: ${left.join(", ")}`];
  report.line(`an interrupted update created objects that are not in the state: ${left.join(", ")}`);
  return [];
}

/** Destroys the stack, checks that no object is left, and removes the sandbox. Safe to repeat. */
export async function down(context: Context): Promise<number> {
  const { paths, stack, report } = context;
  if (!existsSync(paths.root)) {
    report.line(`stack ${stack} has no sandbox: nothing to do`);
    return exitCodes.done;
  }
  refuseWhenHeld(context);
  const problems = stackExists(context)
    ? await destroy(context).catch((error: unknown) => {
        if (error instanceof InterruptedError) throw error;
        return [renderError(error)];
      })
    : [];
  // Also if the stack could not be destroyed: the cluster belongs to this sandbox, so its objects are removed with it.
  await stopStackCluster(context);
  rmSync(paths.root, { recursive: true, force: true });
  const others = existingSandboxes(context.environment);
  if (others.length > 0)
    report.line(`still there: the sandbox of ${others.join(", ")} (\`make down STACK=...\`)`);
  if (problems.length > 0) {
    throw new CommandError("the stack was not destroyed cleanly", {
      where: `stack ${stack}`,
      why: problems.join("; "),
      fix: "no action is needed: the cluster was stopped and removed with everything in it",
    });
  }
  report.line(`stack ${stack} is down: destroyed, nothing left behind, cluster stopped, state removed`);
  return exitCodes.done;
}
