import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { describeEdge } from "../components/core/network/index.ts";
import type { PlatformConfig } from "./config.ts";
import { PROJECT } from "./config-problem.ts";
import { CREDENTIALS } from "./features/credentials.ts";
import { parseConfig } from "./parse-config.ts";
import { servicesOf } from "./services.ts";
import { edgesOf } from "./topology.ts";

const ROOT = join(import.meta.dirname, "..");
const PAGE = join(ROOT, "docs", "services.md");
const CONTEXT = "documentation";
/** An address that is nobody's (RFC 5737). */
const API_SERVER = { cidrs: ["192.0.2.10/32"] };

/**
 * The configuration of a stack as it is committed, with `others` in place of some of its keys: as if every secret that it
 * names were set, and what belongs to a cluster.
 */
export function committedConfig(
  stack: string,
  others: Readonly<Record<string, unknown>> = {},
): PlatformConfig {
  const file = parse(readFileSync(join(ROOT, `Pulumi.${stack}.yaml`), "utf8")) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  const prefix = `${PROJECT}:`;
  const { cluster = {}, ...postgres } = (file.config[`${prefix}postgres`] ?? {}) as {
    readonly cluster?: object;
  };
  const config: Readonly<Record<string, unknown>> = {
    ...file.config,
    [`${prefix}network`]: { enforcer: "confirmed" },
    [`${prefix}postgres`]: { ...postgres, cluster: { ...cluster, apiServer: API_SERVER } },
    ...Object.fromEntries(Object.entries(others).map(([key, value]) => [prefix + key, value])),
  };
  const plain = Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [
        key.slice(prefix.length),
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
  );
  const { models = [] } = (config[`${prefix}gateway`] ?? {}) as {
    readonly models?: readonly { readonly apiKey?: string }[];
  };
  const secrets = models.flatMap(({ apiKey }) => (apiKey === undefined ? [] : [apiKey]));
  return parseConfig({
    values: { context: CONTEXT, ...plain, ...Object.fromEntries(secrets.map((key) => [key, ""])) },
    secretKeys: new Set(secrets),
    contexts: { source: CONTEXT, names: [CONTEXT] },
  });
}

/** `docs/services.md`: what each stack serves, who may talk to whom, and which secrets there are. */
export function renderServicesDocs(): string {
  return `<!-- Generated from the stacks as they are committed, by \`npm run docs:fix\`. Do not edit. -->

# Services, edges, secrets

${["dev", "prod"].map((stack) => renderStack(stack, committedConfig(stack))).join("\n")}
## Credentials

Where each comes from is \`secrets.<name>\` of the [configuration](configuration.md); generated where nothing is said. Their
values are in Secrets that are named anew with each value: \`pulumi stack output secrets\` tells the names that people need.

${table(
  ["credential", "what it is"],
  Object.entries(CREDENTIALS).map(([name, { description }]) => [`\`${name}\``, description]),
)}
`;
}

function renderStack(stack: string, config: PlatformConfig): string {
  const services = servicesOf(config).map(({ component, address, protocol, workload, version }) => [
    component,
    `\`${address}\``,
    protocol,
    workload.kind,
    version,
  ]);
  return `## ${stack}

${table(["service", "address in the cluster", "protocol", "workload", "image's version"], services)}

Every allowed direction of traffic; DNS besides, and nothing else:

\`\`\`
${edgesOf(config).map(describeEdge).sort().join("\n")}
\`\`\`
`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

if (import.meta.main) {
  const wanted = renderServicesDocs();
  if (process.argv.includes("--check")) {
    if (readFileSync(PAGE, "utf8") !== wanted) {
      console.error("docs/services.md is not what the stacks say. Fix: npm run docs:fix");
      process.exitCode = 1;
    }
  } else {
    writeFileSync(PAGE, wanted);
  }
}
