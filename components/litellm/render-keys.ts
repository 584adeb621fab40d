import { type KeyLimits, keyVariable, type Limits } from "./keys.ts";
import { byFirst, sortedEntries } from "../core/sorted.ts";

/** The teams and keys that the gateway shall have. */
export interface Registrations {
  readonly teams: Readonly<Record<string, Limits>>;
  readonly keys: Readonly<Record<string, KeyLimits>>;
}

/**
 * What the Job registers, as bodies of LiteLLM's requests; keys themselves are named by their variables.
 * A limit that is not set is `null`, which clears it: whoever changed it by hand loses.
 * Source of the fields: LiteLLM 1.108.10, `UpdateKeyRequest`, `UpdateTeamRequest` and what /key/update says of nulls.
 */
export function renderRegistrations({ teams, keys }: Registrations): string {
  const desired = {
    teams: sortedEntries(teams).map(([name, limits]) => ({
      team_id: name,
      team_alias: name,
      ...renderLimits(limits),
    })),
    keys: sortedEntries(keys).map(([name, limits]) => ({
      name,
      variable: keyVariable(name),
      limits: {
        team_id: limits.team ?? null,
        ...renderLimits(limits),
        // Otherwise a key could also list models, teams and spend of others, and change its own.
        allowed_routes: ["llm_api_routes"],
      },
    })),
  };
  return `${JSON.stringify(desired, undefined, 2)}\n`;
}

function renderLimits({ models, budget, requestsPerMinute, tokensPerMinute }: Limits) {
  return {
    // An empty list means all models.
    models: [...(models ?? [])].sort((a, b) => byFirst([a, undefined], [b, undefined])),
    max_budget: budget?.usd ?? null,
    budget_duration: budget?.period ?? null,
    rpm_limit: requestsPerMinute ?? null,
    tpm_limit: tokensPerMinute ?? null,
  };
}
