import { OperationFailed } from "../shared/errors.ts";
import {
  isPropertyMap,
  Secret,
  unknown,
  Unknown,
  withoutSecrets,
  withSecretsLike,
} from "../shared/property-values.ts";
import type { PropertyMap, PropertyValue } from "../shared/property-values.ts";
import type { CheckFailure, PropertyDiff, Provider } from "../shared/provider.ts";
import { randomId, randomInteger, randomUuid } from "./identifiers.ts";
import type { InputKind, RandomResourceType } from "./resource-type.ts";
import { randomPassword, randomString } from "./text.ts";

const TYPES: Readonly<Record<string, RandomResourceType>> = {
  "random:index/randomPassword:RandomPassword": randomPassword,
  "random:index/randomString:RandomString": randomString,
  "random:index/randomId:RandomId": randomId,
  "random:index/randomUuid:RandomUuid": randomUuid,
  "random:index/randomInteger:RandomInteger": randomInteger,
};

/** Replaces the official random provider. A value is generated once, stored in the state, and replaced on any change. */
export function createRandomProvider(version: string): Provider {
  return {
    name: "random",
    version,

    check: async ({ type, inputs }) =>
      Promise.resolve({ inputs, failures: failuresOf(resourceType(type), given(inputs)) }),

    diff: async ({ type, oldInputs, inputs }) => {
      const [before, after] = [comparable(type, oldInputs), comparable(type, inputs)];
      const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
      const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
      const kind = (key: string): PropertyDiff["kind"] => {
        if (inputs[key] === undefined) return "delete-replace";
        return oldInputs[key] === undefined ? "add-replace" : "update-replace";
      };
      return Promise.resolve({
        changes: changed.length > 0,
        changedKeys: changed,
        replaceKeys: changed,
        detailedDiff: Object.fromEntries(changed.map((key) => [key, { kind: kind(key) }])),
      });
    },

    create: async ({ type, inputs, preview }) => {
      const { outputs, secretOutputs, withDefaults, generate } = resourceType(type);
      if (preview) {
        const computed = Object.fromEntries(outputs.map((name) => [name, unknown]));
        return {
          id: "",
          outputs: protect({ ...withDefaults(given(inputs)), ...computed }, inputs, secretOutputs),
        };
      }
      const generated = await generate(given(inputs));
      return { id: generated.id, outputs: protect(generated.outputs, inputs, secretOutputs) };
    },

    // There is nothing outside the state, so a refresh changes nothing.
    read: async ({ type, id, oldInputs, oldOutputs }) => {
      const { outputs, secretOutputs, parseImport } = resourceType(type);
      if (outputs.some((name) => oldOutputs[name] !== undefined)) {
        return { id, inputs: oldInputs, outputs: oldOutputs };
      }
      const imported = await parseImport(id);
      return {
        id: imported.id,
        inputs: imported.inputs,
        outputs: protect(imported.outputs, {}, secretOutputs),
      };
    },

    // Every change is a replacement, so only changes without effect come here (e.g. `keepers: {}` was removed).
    update: async ({ oldOutputs, inputs }) => Promise.resolve({ ...oldOutputs, ...inputs }),

    delete: async () => Promise.resolve(),
  };
}

function resourceType(token: string): RandomResourceType {
  const type = TYPES[token];
  if (type) return type;
  throw new OperationFailed(
    "unimplemented",
    `${token} is not supported by the sandbox's stand-in for the random provider, which has ` +
      `${Object.keys(TYPES)
        .map((known) => known.split(":").at(-1))
        .join(", ")}: use one of these, or the official provider (SANDBOX_ENGINE=official)`,
  );
}

/** The inputs of the user: without secrets, nulls, and internal inputs of the official provider (`__…`). */
function given(inputs: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(withoutSecrets(inputs)).filter(([key, value]) => !key.startsWith("__") && value !== null),
  );
}

/** The inputs that determine a new value. Keepers without values count as absent, as in the official provider. */
function comparable(type: string, inputs: PropertyMap): PropertyMap {
  const { keepers, ...others } = given(inputs);
  return { ...resourceType(type).withDefaults(others), keepers: comparableKeepers(keepers) };
}

function comparableKeepers(keepers: PropertyValue): PropertyValue {
  if (!isPropertyMap(keepers)) return keepers instanceof Unknown ? keepers : undefined;
  const entries = Object.entries(keepers).filter(([, value]) => value !== null && value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function protect(outputs: PropertyMap, inputs: PropertyMap, secretOutputs: readonly string[]): PropertyMap {
  const withInputs = withSecretsLike({ ...outputs, keepers: withoutSecrets(inputs)["keepers"] }, inputs);
  return Object.fromEntries(
    Object.entries(withInputs).map(([key, value]) => [
      key,
      secretOutputs.includes(key) && !(value instanceof Secret) ? new Secret(value) : value,
    ]),
  );
}

function failuresOf(type: RandomResourceType, inputs: PropertyMap): CheckFailure[] {
  const failures: CheckFailure[] = [];
  for (const name of type.required) {
    if (inputs[name] === undefined) failures.push({ property: name, reason: "is required" });
  }
  for (const [name, value] of Object.entries(inputs)) {
    const kind = type.inputs[name];
    if (!kind) {
      const known = Object.keys(type.inputs).join(", ");
      failures.push({ property: name, reason: `is not an input of this type, which has: ${known}` });
    } else if (!(value instanceof Unknown) && !hasKind(value, kind)) {
      failures.push({ property: name, reason: `is not a valid ${kind}` });
    }
  }
  return failures.length > 0 ? failures : [...type.validate(inputs)];
}

function hasKind(value: PropertyValue, kind: InputKind): boolean {
  if (kind === "integer") return Number.isSafeInteger(value);
  if (kind !== "map of strings") return typeof value === kind;
  return (
    isPropertyMap(value) &&
    Object.values(value).every((v) => v === null || typeof v === "string" || v instanceof Unknown)
  );
}
