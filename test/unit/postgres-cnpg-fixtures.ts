import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { record } from "../harness.ts";

export const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
export const API_SERVER = { cidrs: ["10.0.0.2/32", "10.0.0.1/32"], port: 6443 };

/** What is thrown by a program that makes a component, and what it registered before. */
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
