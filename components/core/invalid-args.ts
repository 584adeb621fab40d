import * as pulumi from "@pulumi/pulumi";

/** One argument that does not fit: its path and why. */
export interface ArgumentProblem {
  readonly propertyPath: string;
  readonly reason: string;
}

/**
 * Stops a component before it registers anything.
 *
 * @throws pulumi.InputPropertiesError with every problem and its path, when there is one.
 */
export function refuseArguments(component: string, problems: readonly ArgumentProblem[]): void {
  if (problems.length === 0) return;
  throw new pulumi.InputPropertiesError({
    message: `${component}: arguments do not fit`,
    errors: [...problems],
  });
}
