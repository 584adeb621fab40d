import { z } from "zod";
import { LABEL, OBJECT_NAME } from "../../components/core/names.ts";

export const namespaceName = z.string().regex(LABEL, "the name of a namespace");
export const labelValue = z.string().regex(LABEL, "the value of a label");
export const objectName = (what: string) => z.string().regex(OBJECT_NAME, `the name of ${what}`);

const POD_LABEL =
  /^(([a-z0-9.-]{1,253})\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?=[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
/** A label as text, because `pulumi config set --path` cannot set keys with dots. */
export const keyAndValue = z.string().regex(POD_LABEL, "a label as key=value");

/** Converts a checked list of {@link keyAndValue} to labels by key. */
export function labelsOf(labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label) => label.split("=") as [string, string]));
}

/** The StorageClass of `volume` or `volumes`. */
export const storageClass = (volumes: string) =>
  objectName("a StorageClass")
    .optional()
    .describe(`StorageClass of the ${volumes}; the cluster's default when left out.`)
    .meta({ example: "standard" });
