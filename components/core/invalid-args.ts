import * as pulumi from "@pulumi/pulumi";

/** One invalid argument: its path and the reason. */
export interface ArgumentProblem {
  readonly propertyPath: string;
  readonly reason: string;
}

/**
 * Stops a component before it registers anything.
 *
 * @throws pulumi.InputPropertiesError with all problems and their paths, if there are any.
 */
export function refuseArguments(component: string, problems: readonly ArgumentProblem[]): void {
  if (problems.length === 0) return;
  throw new pulumi.InputPropertiesError({
    message: `${component}: invalid arguments`,
    errors: [...problems],
  });
}
