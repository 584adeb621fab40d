import { describeEdge } from "../../components/core/network/index.ts";
import { CREDENTIALS } from "../credentials.ts";
import { edgesOf, servicesOf } from "../plan.ts";
import { committedConfig } from "./committed-config.ts";
import { fenced, table } from "./table.ts";

/** The services of a stack. */
export function servicesTable(stack: string): string {
  return table(
    ["service", "address in the cluster", "protocol", "workload", "image version"],
    servicesOf(committedConfig(stack)).map(({ component, address, protocol, workload, version }) => [
      component,
      `\`${address}\``,
      protocol,
      workload.kind,
      version,
    ]),
  );
}

/** Every allowed connection, one per line. */
export function edgesList(stack: string): string {
  return fenced("text", edgesOf(committedConfig(stack)).map(describeEdge).sort().join("\n"));
}

/** The credentials whose source the configuration can name. */
export function credentialsTable(): string {
  return table(
    ["credential", "what it is"],
    Object.entries(CREDENTIALS).map(([name, description]) => [`\`${name}\``, description]),
  );
}
