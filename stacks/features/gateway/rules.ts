import { isUnpriced } from "../../../components/litellm/models.ts";
import { type ConfigPath, type ConfigProblem, fixCommand, removeCommand } from "../../config-problem.ts";
import type { GatewayConfig } from "./schema.ts";

/** What the gateway's rules read in addition to its own section. */
export interface GatewaySurroundings {
  readonly profile: "dev" | "prod";
  readonly features: { readonly redis: boolean };
  readonly gateway: GatewayConfig;
}

/** A model as it was written, valid or not. */
export interface RawModel {
  readonly name?: unknown;
  readonly provider?: unknown;
  readonly apiKey?: unknown;
  readonly price?: unknown;
}

/**
 * The rules between keys of the gateway. `models` is the list as it was written, with its indexes.
 * `applications` are the platform's applications that call the gateway, by the names of their keys.
 */
export function gatewayProblems(
  config: GatewaySurroundings,
  models: readonly RawModel[],
  applications: readonly string[] = [],
): ConfigProblem[] {
  return [
    ...databaseProblems(config),
    ...redisProblems(config),
    ...budgetProblems(config, applications),
    ...modelProblems(config, models),
    ...nameProblems(config.gateway, models),
  ];
}

function databaseProblems({ profile, gateway }: GatewaySurroundings): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (!gateway.database && profile === "prod") {
    problems.push({
      path: ["gateway", "database"],
      value: false,
      reason: "in prod every caller has its own key and budget, which are stored in the database",
      fix: fixCommand(["gateway", "database"], "true"),
    });
  }
  if (!gateway.database && gateway.cacheTtlSeconds > 0 && gateway.cacheScope !== "everyone") {
    problems.push({
      path: ["gateway", "cacheScope"],
      value: gateway.cacheScope,
      reason:
        "without the database every caller has the same key, so all share the cache (gateway.database is off)",
      fix: `${fixCommand(["gateway", "cacheScope"], "everyone")}  (or: ${fixCommand(["gateway", "cacheTtlSeconds"], "0")})`,
    });
  }
  if (!gateway.database && gateway.adminInterface) {
    problems.push({
      path: ["gateway", "adminInterface"],
      value: true,
      reason: "the admin pages keep their sessions in the database (gateway.database is off)",
      fix: `${fixCommand(["gateway", "database"], "true")}  (or: ${fixCommand(["gateway", "adminInterface"], "false")})`,
    });
  }
  for (const section of ["teams", "keys"] as const) {
    if (gateway.database || Object.keys(gateway[section]).length === 0) continue;
    problems.push({
      path: ["gateway", section],
      value: Object.keys(gateway[section]),
      reason: "virtual keys need the database (gateway.database is off)",
      fix: `${fixCommand(["gateway", "database"], "true")}  (or: ${removeCommand(["gateway", section])})`,
    });
  }
  return problems;
}

/** Without Redis a limit would apply per pod. */
function redisProblems({ features, gateway }: GatewaySurroundings): ConfigProblem[] {
  const { replicas, autoscale, cacheTtlSeconds } = gateway;
  const redis = fixCommand(["features", "redis"], "true");
  const problems: ConfigProblem[] = [];
  const needsRedis = (path: ConfigPath, value: unknown, reason: string, otherwise: string) => {
    if (!features.redis) problems.push({ path, value, reason, fix: `${redis}  (or: ${otherwise})` });
  };
  if (replicas > 1) {
    const reason =
      "several pods share rate limits through Redis; without it each pod would count only its own requests";
    needsRedis(["gateway", "replicas"], replicas, reason, fixCommand(["gateway", "replicas"], "1"));
  }
  if (autoscale !== undefined) {
    const reason =
      "several pods share rate limits through Redis; without it each pod would count only its own requests";
    needsRedis(["gateway", "autoscale"], autoscale, reason, removeCommand(["gateway", "autoscale"]));
    if (autoscale.maxReplicas <= replicas) {
      problems.push({
        path: ["gateway", "autoscale", "maxReplicas"],
        value: autoscale.maxReplicas,
        reason: `must be greater than gateway.replicas, the minimum number of pods (${replicas})`,
        fix: fixCommand(["gateway", "autoscale", "maxReplicas"], String(replicas + 1)),
      });
    }
  }
  if (cacheTtlSeconds > 0) {
    const reason = "cached responses are stored in Redis";
    const otherwise = fixCommand(["gateway", "cacheTtlSeconds"], "0");
    needsRedis(["gateway", "cacheTtlSeconds"], cacheTtlSeconds, reason, otherwise);
  }
  return problems;
}

/** In prod, budgets fail closed, and every caller has a budget. */
function budgetProblems(
  { profile, gateway }: GatewaySurroundings,
  applications: readonly string[],
): ConfigProblem[] {
  if (profile !== "prod") return [];
  const problems: ConfigProblem[] = [];
  if (!gateway.failClosed) {
    problems.push({
      path: ["gateway", "failClosed"],
      value: false,
      reason: "in prod a request is rejected if its budget cannot be verified",
      fix: fixCommand(["gateway", "failClosed"], "true"),
    });
  }
  for (const name of new Set([...Object.keys(gateway.keys), ...applications])) {
    const { team, budget } = gateway.keys[name] ?? {};
    const teamBudget = team === undefined ? undefined : gateway.teams[team]?.budget;
    if (budget !== undefined || teamBudget !== undefined) continue;
    const path = ["gateway", "keys", name, "budget", "usd"];
    problems.push({
      path,
      reason: "in prod every key needs a budget, its own or that of its team",
      fix: fixCommand(path, "50"),
    });
  }
  return problems;
}

function modelProblems({ profile }: GatewaySurroundings, models: readonly RawModel[]): ConfigProblem[] {
  if (models.length === 0) {
    return [
      {
        path: ["gateway", "models"],
        reason: "the gateway needs at least one model",
        fix: ["name", "provider", "model", "apiKey"]
          .map((key) => fixCommand(["gateway", "models", 0, key]))
          .join(" && "),
      },
    ];
  }
  if (profile !== "prod") return [];
  return models.flatMap((model, index): ConfigProblem[] => {
    if (model.provider === "mock") {
      return [
        {
          path: ["gateway", "models", index, "provider"],
          value: "mock",
          reason: "a mock model always answers with the same text; it is for dev only",
          fix: fixCommand(["gateway", "models", index, "provider"]),
        },
      ];
    }
    if (!isRawUnpriced(model)) return [];
    const path = (key: string) => ["gateway", "models", index, "price", key];
    return [
      {
        path: ["gateway", "models", index, "price"],
        ...(model.price === undefined ? {} : { value: model.price }),
        reason: "requests to a self-hosted model without a price cost nothing, so budgets do not limit them",
        fix: [path("inputPerMillionTokens"), path("outputPerMillionTokens")]
          .map((key, place) => fixCommand(key, place === 0 ? "0.3" : "1.2"))
          .join(" && "),
      },
    ];
  });
}

/** Warnings that do not stop an update. */
export function gatewayWarnings({ models }: GatewayConfig): string[] {
  return models
    .filter((model) => model.provider === "self-hosted" && isUnpriced(model))
    .map(({ name }) => `the self-hosted model "${name}" has no price, so budgets do not limit its use`);
}

function isRawUnpriced({ provider, price }: RawModel): boolean {
  if (provider !== "self-hosted") return false;
  if (typeof price !== "object" || price === null) return price === undefined;
  return Object.values(price).every((value) => value === 0);
}

/** References to unknown names. LiteLLM would accept them, and the limit or the fallback would never apply. */
function nameProblems(gateway: GatewayConfig, models: readonly RawModel[]): ConfigProblem[] {
  const known = models.flatMap(({ name }) => (typeof name === "string" ? [name] : []));
  const problems: ConfigProblem[] = [];
  const isKnown = (path: ConfigPath, name: string, names: readonly string[], what: string) => {
    if (names.includes(name)) return;
    problems.push({
      path,
      value: name,
      reason: `no such ${what} (known: ${names.join(", ") || "none"})`,
      fix: names[0] === undefined ? removeCommand(path) : fixCommand(path, names[0]),
    });
  };
  for (const section of ["teams", "keys"] as const) {
    for (const [name, limits] of Object.entries(gateway[section])) {
      limits.models?.forEach((model, index) => {
        isKnown(["gateway", section, name, "models", index], model, known, "model");
      });
    }
  }
  for (const [name, { team, models: own }] of Object.entries(gateway.keys)) {
    if (team === undefined) continue;
    isKnown(["gateway", "keys", name, "team"], team, Object.keys(gateway.teams), "team");
    const ofTeam = gateway.teams[team]?.models;
    own?.forEach((model, index) => {
      if (ofTeam === undefined || !known.includes(model)) return;
      isKnown(["gateway", "keys", name, "models", index], model, ofTeam, `model of the team "${team}"`);
    });
  }
  for (const [model, others] of Object.entries(gateway.router.fallbacks)) {
    const path = ["gateway", "router", "fallbacks", model];
    isKnown(path, model, known, "model");
    others.forEach((other, index) => {
      isKnown([...path, index], other, known, "model");
    });
  }
  return problems;
}
