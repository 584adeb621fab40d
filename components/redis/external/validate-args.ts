import type { ArgumentProblem } from "../../core/invalid-args.ts";
import { cidrProblems } from "../../core/network/render-address-egress.ts";
import { consumerProblem } from "../consumers.ts";
import type { RedisExternalArgs } from "./args.ts";

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;
/** Characters that need no escaping in a URL. */
const USERNAME = /^[A-Za-z0-9_.~-]+$/;

/** Whether a text is a host name or an IPv4 address. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

/** Whether a text is a user name that can be part of a URL. */
export function isUsername(text: string): boolean {
  return USERNAME.test(text);
}

/** Problems with the arguments of an external server; empty if they are valid. */
export function validateRedisExternalArgs(args: RedisExternalArgs): ArgumentProblem[] {
  const problems = cidrProblems("cidrs", args.cidrs);
  // In a NetworkPolicy an empty list means "all".
  if (args.cidrs.length === 0) problems.push({ propertyPath: "cidrs", reason: "must not be empty" });
  if (!isHost(args.host)) {
    problems.push({ propertyPath: "host", reason: "must be a host name or an IPv4 address" });
  }
  if (!Number.isInteger(args.port) || args.port < 1 || args.port > 65535) {
    problems.push({ propertyPath: "port", reason: "must be a port, 1 to 65535" });
  }
  if (!isUsername(args.username)) {
    problems.push({ propertyPath: "username", reason: `must match ${USERNAME.source}: it is part of a URL` });
  }
  if (args.password.kind === "generated") {
    problems.push({
      propertyPath: "password",
      reason: "must be a configured value, because the server is external",
    });
  }
  for (const [consumer, { callers }] of Object.entries(args.consumers)) {
    const propertyPath = `consumers[${JSON.stringify(consumer)}]`;
    const problem = consumerProblem(consumer);
    if (problem !== undefined) problems.push({ propertyPath, reason: problem });
    if (callers.length === 0) {
      problems.push({
        propertyPath: `${propertyPath}.callers`,
        reason: "must not be empty: no pod could connect",
      });
    }
  }
  return problems;
}
