import { POLICY_KEYS } from "../../components/admission/policies/index.ts";
import {
  admissionPoliciesTable,
  admissionPolicy,
  admissionRequestsTable,
  gpuPrefixes,
  guardedLabels,
  exactTags,
  queueControllersTable,
  relabelRole,
} from "./admission.ts";
import { STACKS } from "./committed-config.ts";
import { commandsTable } from "./commands.ts";
import { configurationKeys } from "./configuration.ts";
import { diagram } from "./diagram.ts";
import { featuresTable } from "./features.ts";
import {
  dnsTable,
  enforcerTable,
  isolationExample,
  isolationExampleTable,
  isolationLabelsTable,
  isolationTable,
  notEnforcing,
  publicAddresses,
} from "./isolation.ts";
import type { Blocks } from "./pages.ts";
import { credentialsTable, edgesList, servicesTable } from "./services.ts";
import { tenantQuotaTable, tenantRightsTable } from "./tenants.ts";

const perStack = (name: string, render: (stack: string) => string): Blocks =>
  Object.fromEntries(STACKS.map((stack) => [`${name}-${stack}`, () => render(stack)]));

/** Every block that a page can have, by its name. */
export const BLOCKS: Blocks = {
  commands: commandsTable,
  configuration: configurationKeys,
  credentials: credentialsTable,
  diagram,
  dns: dnsTable,
  enforcers: enforcerTable,
  features: featuresTable,
  "gpu-prefixes": gpuPrefixes,
  "guarded-labels": guardedLabels,
  "isolation-example": isolationExample,
  "isolation-example-edges": isolationExampleTable,
  "isolation-labels": isolationLabelsTable,
  "exact-tags": exactTags,
  "not-enforcing": notEnforcing,
  policies: admissionPoliciesTable,
  "policy-requests": admissionRequestsTable,
  "public-addresses": publicAddresses,
  "queue-controllers": queueControllersTable,
  "relabel-role": relabelRole,
  "tenant-rights": tenantRightsTable,
  ...perStack("edges", edgesList),
  ...perStack("isolation", isolationTable),
  ...perStack("services", servicesTable),
  ...perStack("tenant-quotas", tenantQuotaTable),
  ...Object.fromEntries(POLICY_KEYS.map((key) => [`policy-${key}`, () => admissionPolicy(key)])),
};
