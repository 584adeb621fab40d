import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { OperationFailed } from "../shared/errors.ts";
import type { PropertyMap } from "../shared/property-values.ts";
import type { Generated, RandomResourceType } from "./resource-type.ts";

const plain = { secretOutputs: [], withDefaults: (inputs: PropertyMap) => inputs };

/** The id is base64 for URLs without padding; the outputs have the prefix in front. */
function encoded(bytes: Buffer, prefix = ""): Generated {
  const id = bytes.toString("base64url");
  return {
    id,
    outputs: {
      b64Url: prefix + id,
      b64Std: prefix + bytes.toString("base64"),
      hex: prefix + bytes.toString("hex"),
      dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
    },
  };
}

export const randomId: RandomResourceType = {
  ...plain,
  inputs: { byteLength: "integer", prefix: "string", keepers: "map of strings" },
  required: ["byteLength"],
  outputs: ["b64Url", "b64Std", "hex", "dec"],
  validate: ({ byteLength }) =>
    typeof byteLength === "number" && byteLength < 1
      ? [{ property: "byteLength", reason: `must be at least 1, got: ${byteLength}` }]
      : [],
  generate: async (inputs) => {
    const { byteLength, prefix } = inputs as { byteLength: number; prefix?: string };
    const { id, outputs } = encoded(randomBytes(byteLength), prefix);
    return Promise.resolve({ id, outputs: { ...inputs, ...outputs } });
  },
  parseImport: async (text) => {
    const comma = text.lastIndexOf(",");
    const prefix = comma < 0 ? undefined : text.slice(0, comma);
    const bytes = Buffer.from(text.slice(comma + 1), "base64url");
    if (bytes.length === 0 || bytes.toString("base64url") !== text.slice(comma + 1)) {
      throw new OperationFailed(
        "invalid",
        `cannot import: expected [prefix,]<base64 for URLs>, got: ${text}`,
      );
    }
    const { id, outputs } = encoded(bytes, prefix);
    const inputs = { byteLength: bytes.length, prefix };
    return Promise.resolve({ id, inputs, outputs: { ...inputs, ...outputs } });
  },
};

export const randomUuid: RandomResourceType = {
  ...plain,
  inputs: { keepers: "map of strings" },
  required: [],
  outputs: ["result"],
  validate: () => [],
  generate: async (inputs) => {
    const result = randomUUID();
    return Promise.resolve({ id: result, outputs: { ...inputs, result } });
  },
  parseImport: async (text) => {
    const result = text.toLowerCase();
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(result)) {
      throw new OperationFailed("invalid", `cannot import: expected a UUID, got: ${text}`);
    }
    return Promise.resolve({ id: result, inputs: {}, outputs: { result } });
  },
};

// The generator of Node draws from less than 2^48 numbers.
const MAX_RANGE = 2 ** 48 - 1;

export const randomInteger: RandomResourceType = {
  ...plain,
  inputs: { min: "integer", max: "integer", seed: "string", keepers: "map of strings" },
  required: ["min", "max"],
  outputs: ["result"],
  validate: ({ min, max, seed }) => {
    if (seed !== undefined && seed !== null) {
      // Only Go's own generator gives the number that the official provider gives for a seed.
      return [
        { property: "seed", reason: "a seed is not supported by the sandbox's stand-in: leave it out" },
      ];
    }
    if (typeof min !== "number" || typeof max !== "number") return [];
    if (min > max) return [{ property: "min", reason: `must not be above max (${max}), got: ${min}` }];
    return max - min < MAX_RANGE
      ? []
      : [{ property: "max", reason: `the sandbox's stand-in draws from less than 2^48 numbers: lower max` }];
  },
  generate: async (inputs) => {
    const { min, max } = inputs as { min: number; max: number };
    const result = randomInt(min, max + 1);
    return Promise.resolve({ id: String(result), outputs: { ...inputs, result } });
  },
  parseImport: async (text) => {
    const numbers = text.split(",").map(Number);
    const [result, min, max] = numbers;
    if (numbers.length !== 3 || !numbers.every(Number.isSafeInteger)) {
      throw new OperationFailed("invalid", `cannot import: expected <result>,<min>,<max>, got: ${text}`);
    }
    return Promise.resolve({ id: String(result), inputs: { min, max }, outputs: { min, max, result } });
  },
};
