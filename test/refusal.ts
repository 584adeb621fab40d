import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { record } from "./harness.ts";

/** What a component says of arguments that do not fit, and what was registered before. */
export async function refusal(
  make: () => void,
): Promise<{ errors: unknown; registered: readonly unknown[] }> {
  let error: unknown;
  const { resources } = await record(() => {
    try {
      make();
    } catch (reason) {
      error = reason;
    }
  });
  expect(pulumi.InputPropertiesError.isInstance(error)).to.equal(true);
  return { errors: (error as { errors?: unknown }).errors, registered: resources };
}
