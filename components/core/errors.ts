import * as pulumi from "@pulumi/pulumi";

/**
 * The error of a program that stops inside `apply`. Pulumi hides the stack trace of a RunError that the program throws, but
 * prints that of an error in `apply`: errorString in sdk/nodejs/runtime/debuggable.ts of pulumi/pulumi.
 */
export function stopped(message: string): Error {
  const error = new pulumi.RunError(message);
  error.stack = "";
  return error;
}
