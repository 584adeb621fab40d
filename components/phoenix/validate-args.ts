import type { ArgumentProblem } from "../core/invalid-args.ts";
import { deliveryProblems } from "../core/release/delivery.ts";
import type { PhoenixArgs } from "./args.ts";
import { PHOENIX_START_SECONDS } from "./pods.ts";

/** Problems with the arguments of Phoenix; empty if they are valid. */
export function validatePhoenixArgs(args: PhoenixArgs): ArgumentProblem[] {
  const { retentionDays = 0, publicUrl, exposure = { kind: "none" }, consumers } = args;
  return [
    ...(Number.isInteger(retentionDays) && retentionDays >= 0
      ? []
      : [{ propertyPath: "retentionDays", reason: "must be a whole number, at least 0" }]),
    ...publicUrlProblems(publicUrl),
    ...(publicUrl === undefined && exposure.kind !== "none"
      ? [
          {
            propertyPath: "publicUrl",
            reason: `is required with an exposure (${exposure.kind}): requests with any other address are rejected`,
          },
        ]
      : []),
    ...chartProblems(args),
    ...Object.entries(consumers)
      .filter(([, { projectName }]) => projectName.trim() === "")
      .map(([consumer]) => ({
        propertyPath: `consumers[${JSON.stringify(consumer)}].projectName`,
        reason: "must not be empty",
      })),
  ];
}

function chartProblems({
  delivery,
  database,
  replicas = 1,
  exposure = { kind: "none" },
}: PhoenixArgs): ArgumentProblem[] {
  if (delivery?.kind !== "helm") return [];
  return [
    ...deliveryProblems(delivery, PHOENIX_START_SECONDS),
    ...(database.storageGi === undefined
      ? [
          {
            propertyPath: "database.storageGi",
            reason: "is required with the official chart, which otherwise sets 20 GiB",
          },
        ]
      : []),
    ...(replicas === 1
      ? []
      : [
          {
            propertyPath: "replicas",
            reason: "must be 1 with the official chart, whose pods start at the same time",
          },
        ]),
    ...(exposure.kind === "none"
      ? []
      : [
          {
            propertyPath: "exposure",
            reason: "must be none with the official chart, whose ports have no names",
          },
        ]),
  ];
}

function publicUrlProblems(publicUrl: string | undefined): ArgumentProblem[] {
  if (publicUrl === undefined) return [];
  // Phoenix compares host names, and reads a comma as a separator of origins.
  return isOrigin(publicUrl)
    ? []
    : [{ propertyPath: "publicUrl", reason: "must be like https://traces.example.org, without a path" }];
}

function isOrigin(url: string): boolean {
  return /^https?:\/\//.test(url) && URL.canParse(url) && new URL(url).origin === url;
}
