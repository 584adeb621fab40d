// How secrets look in what a program sends to the engine: a map with a signature, around the value.
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";

const REDACTED = "[secret]";

interface WireSecret {
  readonly value: unknown;
}

/** Whether a recorded value is marked secret, so that Pulumi encrypts it in state. */
export function isSecret(value: unknown): value is WireSecret {
  return isMap(value) && value[specialSigKey] === specialSecretSig;
}

/** A recorded value with every secret inside it laid open. */
export function reveal(value: unknown): unknown {
  return unwrap(value, (secret) => reveal(secret.value));
}

/** A recorded value with every secret text inside it replaced, its keys kept: what may be shown. */
export function redact(value: unknown): unknown {
  return unwrap(value, (secret) => blacken(secret.value));
}

function blacken(value: unknown): unknown {
  const open = reveal(value);
  if (Array.isArray(open)) return open.map(blacken);
  if (!isMap(open)) return REDACTED;
  return Object.fromEntries(Object.entries(open).map(([key, child]) => [key, blacken(child)]));
}

/** The values of all secrets inside a recorded value, with the way to each. */
export function secretsIn(value: unknown, path: readonly string[] = []): { path: string; value: unknown }[] {
  if (isSecret(value)) return [{ path: path.join("."), value: reveal(value) }];
  return entriesOf(value).flatMap(([key, child]) => secretsIn(child, [...path, key]));
}

/** Every text of a recorded value that is not inside a secret, map keys included, with the way to each. */
export function plainTextsIn(value: unknown, path: readonly string[] = []): { path: string; text: string }[] {
  if (typeof value === "string") return [{ path: path.join("."), text: value }];
  if (isSecret(value)) return [];
  return entriesOf(value).flatMap(([key, child]) => [
    { path: `${path.join(".")} (key)`, text: key },
    ...plainTextsIn(child, [...path, key]),
  ]);
}

function unwrap(value: unknown, open: (secret: WireSecret) => unknown): unknown {
  if (isSecret(value)) return open(value);
  if (Array.isArray(value)) return value.map((item) => unwrap(item, open));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, unwrap(child, open)]));
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
