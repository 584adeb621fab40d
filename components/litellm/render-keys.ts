import { type KeyLimits, keyVariable, type Limits } from "./keys.ts";
import { byFirst, sortedEntries } from "../core/sorted.ts";
import routes from "./routes.json" with { type: "json" };

/** The desired teams and keys of the gateway. */
export interface Registrations {
  readonly teams: Readonly<Record<string, Limits>>;
  readonly keys: Readonly<Record<string, KeyLimits>>;
}

/**
 * The desired state for the Job, as bodies of LiteLLM requests. Keys are referred to by their environment
 * variables. An unset limit is `null`, which clears it and so reverts manual changes. Source of the fields: LiteLLM
 * 1.108.10, `UpdateKeyRequest`, `UpdateTeamRequest` and the description of /key/update.
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
        // Otherwise a key could also list models, teams and spend of others, change itself, and reach files and
        // providers that no model of the configuration names.
        allowed_routes: routes.callers,
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
