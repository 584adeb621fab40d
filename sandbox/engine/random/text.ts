import { hash } from "bcryptjs";
import type { PropertyMap } from "../shared/property-values.ts";
import type { CheckFailure } from "../shared/provider.ts";
import { randomText } from "./characters.ts";
import type { CharacterRules } from "./characters.ts";
import type { RandomResourceType } from "./resource-type.ts";

// RandomPassword and RandomString, which differ only in the id, the hash and the secrecy.

const BCRYPT_COST = 10;

const inputs = {
  length: "integer",
  upper: "boolean",
  lower: "boolean",
  numeric: "boolean",
  number: "boolean",
  special: "boolean",
  minUpper: "integer",
  minLower: "integer",
  minNumeric: "integer",
  minSpecial: "integer",
  overrideSpecial: "string",
  keepers: "map of strings",
} as const;

const MINIMUMS = ["minUpper", "minLower", "minNumeric", "minSpecial"] as const;
const CLASSES = ["upper", "lower", "numeric", "special"] as const;

/** `number` is the old name of `numeric`. Both always have the same value. */
function withDefaults(given: PropertyMap): PropertyMap {
  const numeric = given["numeric"] ?? given["number"] ?? true;
  return {
    length: given["length"],
    ...Object.fromEntries(CLASSES.map((name) => [name, given[name] ?? true])),
    ...Object.fromEntries(MINIMUMS.map((name) => [name, given[name] ?? 0])),
    numeric,
    number: numeric,
    overrideSpecial: given["overrideSpecial"] ?? "",
  };
}

function validate(given: PropertyMap): CheckFailure[] {
  const all = withDefaults(given);
  const failures: CheckFailure[] = [];
  const { length, numeric, number } = given;
  const minimums = MINIMUMS.map((name) => all[name]);

  if (typeof length === "number" && length < 1) {
    failures.push({ property: "length", reason: `must be at least 1, got: ${length}` });
  }
  for (const name of MINIMUMS) {
    const minimum = all[name];
    if (typeof minimum === "number" && minimum < 0) {
      failures.push({ property: name, reason: `must be at least 0, got: ${minimum}` });
    }
  }
  if (typeof length === "number" && minimums.every((minimum) => typeof minimum === "number")) {
    const sum = minimums.reduce((total, minimum) => total + minimum, 0);
    if (length < sum) {
      failures.push({
        property: "length",
        reason: `must be at least the sum of ${MINIMUMS.join(", ")} (${sum}), got: ${length}`,
      });
    }
  }
  if (typeof numeric === "boolean" && typeof number === "boolean" && numeric !== number) {
    failures.push({ property: "number", reason: "number and numeric differ: set numeric only" });
  }
  if (CLASSES.every((name) => all[name] === false)) {
    failures.push({ property: "numeric", reason: `at least one of ${CLASSES.join(", ")} must be true` });
  }
  return failures;
}

function generateText(given: PropertyMap): string {
  // Kinds have been checked, so this holds for all inputs that Check has let through.
  return randomText(withDefaults(given) as unknown as CharacterRules);
}

/** What is stored with the result. An empty overrideSpecial is stored as it was given. */
function stored(given: PropertyMap): PropertyMap {
  return { ...withDefaults(given), overrideSpecial: given["overrideSpecial"] };
}

function importedInputs(text: string): PropertyMap {
  return stored({ length: Buffer.byteLength(text) });
}

const text = { inputs, required: ["length"], withDefaults, validate };

export const randomString: RandomResourceType = {
  ...text,
  outputs: ["result"],
  secretOutputs: [],
  generate: async (given) => {
    const result = generateText(given);
    return Promise.resolve({ id: result, outputs: { ...stored(given), result } });
  },
  parseImport: async (id) => {
    const imported = importedInputs(id);
    return Promise.resolve({ id, inputs: imported, outputs: { ...imported, result: id } });
  },
};

/** The id is a fixed word, because ids are stored unencrypted. */
const PASSWORD_ID = "none";

export const randomPassword: RandomResourceType = {
  ...text,
  outputs: ["result", "bcryptHash"],
  secretOutputs: ["result", "bcryptHash"],
  generate: async (given) => {
    const result = generateText(given);
    const bcryptHash = await hash(result, BCRYPT_COST);
    return { id: PASSWORD_ID, outputs: { ...stored(given), result, bcryptHash } };
  },
  parseImport: async (result) => {
    const imported = importedInputs(result);
    const bcryptHash = await hash(result, BCRYPT_COST);
    return { id: PASSWORD_ID, inputs: imported, outputs: { ...imported, result, bcryptHash } };
  },
};
