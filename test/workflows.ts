// What a GitHub workflow gives to whom: secrets, the right to write, code of others.
import { parse } from "yaml";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly if?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly on: string | Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** An expression with a secret, or with all that the job has. */
const MENTIONS_SECRET = /\$\{\{(?:(?!\}\}).)*\b(?:secrets\b|toJSON\(github\))/;

/** What only runs a change, or a person, of this repository, and what runs code of others with its secrets. */
const TRIGGERS = new Set(["push", "pull_request", "schedule", "workflow_dispatch"]);

/** What is wrong with a workflow; empty when nothing is. */
export function workflowProblems(text: string): string[] {
  const workflow = parse(text) as Workflow;
  const { jobs, on, permissions, ...rest } = workflow;
  const triggers = typeof on === "string" ? [on] : Object.keys(on);
  return [
    ...triggers
      .filter((trigger) => !TRIGGERS.has(trigger))
      .map((trigger) => `is started by ${trigger}, with secrets and with code of others`),
    ...(JSON.stringify(permissions) === '{"contents":"read"}' ? [] : ["may do more than read the contents"]),
    ...(MENTIONS_SECRET.test(JSON.stringify(rest)) ? ["has a secret outside of the step that needs it"] : []),
    ...[...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)]
      .filter(([, action = ""]) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))
      .map(([, action = ""]) => `uses ${action}, not a commit with the release that it is of`),
    ...Object.entries(jobs).flatMap(([name, job]) =>
      jobProblems(job, triggers).map((problem) => `${name} ${problem}`),
    ),
  ];
}

function jobProblems({ steps, ...job }: Job, triggers: readonly string[]): string[] {
  const secret = steps.filter((step) => MENTIONS_SECRET.test(JSON.stringify(step)));
  const writes = Object.values(job.permissions ?? {}).includes("write");
  const refusesForks = job.if?.includes("head.repo.full_name == github.repository") === true;
  const isMain = job.if?.includes("github.ref == 'refs/heads/main'") === true;
  const scripts = steps.map(({ run = "" }) => run);
  return [
    ...(MENTIONS_SECRET.test(JSON.stringify(job)) ? ["has a secret outside of the step that needs it"] : []),
    ...secret.flatMap(({ env, ...step }) => [
      ...(MENTIONS_SECRET.test(JSON.stringify(step)) ? ["writes a secret into a script or an action"] : []),
      ...(/\bnpm\b/.test(step.run ?? "") ? ["installs packages beside a secret"] : []),
      ...(env === undefined ? ["has a secret that is no variable of its step"] : []),
    ]),
    ...(secret.length > 0 && job.environment === undefined
      ? ["has secrets without an environment, which protects them"]
      : []),
    ...(secret.length > 0 && !(triggers.includes("pull_request") ? refusesForks : isMain)
      ? ["has secrets on branches of others"]
      : []),
    ...(writes && steps.some(({ uses }) => uses?.startsWith("actions/checkout@") === true)
      ? ["may write, and runs the code of a change"]
      : []),
    ...(job.permissions !== undefined && !writes ? ["repeats permissions"] : []),
    ...steps
      .filter((step) => step.uses?.startsWith("actions/checkout@") === true)
      .filter((step) => step.with?.["persist-credentials"] !== false)
      .map(() => "keeps the credentials of its checkout"),
    ...scripts.flatMap((script) => [
      ...installsWithScripts(script).map((command) => `lets packages run scripts: ${command}`),
      ...(script.includes("${{") ? ["writes an expression into a script"] : []),
    ]),
  ];
}

/** Commands that install npm packages and let them run their scripts. */
export function installsWithScripts(text: string): string[] {
  return [...text.matchAll(/\bnpm (?:ci|install|i)\b[^\n&|;`]*/g)]
    .map(([command]) => command.trim())
    .filter((command) => !command.includes("--ignore-scripts"));
}
