// Requests of prisma-client-py are GraphQL; the WebAssembly build of the engine reads only Prisma's JSON protocol.
import {
  type ConstValueNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";
import type { DataModel } from "./data-model.ts";

/** One operation in the JSON protocol. */
export interface Operation {
  readonly modelName?: string;
  readonly action: string;
  readonly query: { readonly arguments: Json; readonly selection: Json };
}

/** An operation, and the name under which its result is returned. */
export interface NamedOperation {
  readonly key: string;
  readonly operation: Operation;
}

type Json = Readonly<Record<string, unknown>>;

/** A request that this translation does not support. */
export class UnsupportedRequest extends Error {}

const ACTIONS = [
  "findUnique",
  "findFirst",
  "findMany",
  "createOne",
  "createMany",
  "updateOne",
  "updateMany",
  "deleteOne",
  "deleteMany",
  "upsertOne",
  "aggregate",
  "groupBy",
];
/** Arguments that contain fields of the model. */
const DATA_ARGUMENTS = ["where", "data", "create", "update", "cursor", "having"];
/** Operators of a filter on a Json field whose operand is not Json. */
const TEXT_OPERATORS = ["path", "string_contains", "string_starts_with", "string_ends_with", "mode"];

export function translate(text: string, model: DataModel): NamedOperation[] {
  const operation = parse(text, { noLocation: true }).definitions[0] as OperationDefinitionNode;
  return fieldsOf(operation.selectionSet).map((field) => ({
    key: field.alias?.value ?? field.name.value,
    operation: operationOf(field, model),
  }));
}

export const isRaw = ({ action }: Operation): boolean => action === "queryRaw" || action === "executeRaw";

function operationOf(field: FieldNode, models: DataModel): Operation {
  const name = field.name.value;
  const query = (model?: string): Operation["query"] => ({
    arguments: argumentsOf(field, models, model),
    selection: selectionOf(field.selectionSet, models, model),
  });
  if (name === "queryRaw" || name === "executeRaw") return { action: name, query: query() };
  const action = ACTIONS.find((candidate) => name.startsWith(candidate));
  if (action === undefined) throw new UnsupportedRequest(`unknown operation ${name}`);
  const orThrow = /^find(Unique|First)\w+OrThrow$/.test(name) ? "OrThrow" : "";
  const modelName = name.slice(action.length, name.length - orThrow.length);
  return { modelName, action: action + orThrow, query: query(modelName) };
}

function selectionOf(set: SelectionSetNode | undefined, models: DataModel, model?: string): Json {
  if (set === undefined) return { $scalars: true };
  return Object.fromEntries(
    fieldsOf(set).map((field): [string, unknown] => {
      const name = field.name.value;
      if (field.alias !== undefined) throw new UnsupportedRequest(`alias ${field.alias.value} of ${name}`);
      if (field.selectionSet === undefined && !field.arguments?.length) return [name, true];
      const related = typeOf(models, model, name);
      const nested = {
        arguments: argumentsOf(field, models, related),
        selection: selectionOf(field.selectionSet, models, related),
      };
      return [name, nested];
    }),
  );
}

function fieldsOf(set: SelectionSetNode): FieldNode[] {
  return set.selections.map((selection) => {
    if (selection.kind !== Kind.FIELD) throw new UnsupportedRequest(selection.kind);
    return selection;
  });
}

function argumentsOf(field: FieldNode, models: DataModel, model: string | undefined): Json {
  return Object.fromEntries(
    (field.arguments ?? []).map(({ name, value }) => {
      const data = valueOf(value);
      return [name.value, DATA_ARGUMENTS.includes(name.value) ? withTypes(data, models, model) : data];
    }),
  );
}

function valueOf(node: ValueNode | ConstValueNode): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.ENUM:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
      return integerOf(node.value);
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map(valueOf);
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, valueOf(value)]));
    case Kind.VARIABLE:
      throw new UnsupportedRequest(`variable ${node.name.value}`);
  }
}

function integerOf(text: string): unknown {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : { $type: "BigInt", value: text };
}

/**
 * A string for a Json field is JSON text in the GraphQL protocol. In the JSON protocol it would be a JSON string, so it
 * is tagged. The arguments are followed along the data model to find those fields.
 */
function withTypes(data: unknown, models: DataModel, model: string | undefined): unknown {
  if (Array.isArray(data)) return data.map((each) => withTypes(each, models, model));
  if (!isObject(data) || "$type" in data) return data;
  return mapValues(data, (each, key) => {
    const type = typeOf(models, model, key);
    if (type === "Json") return withJsonTag(each);
    return withTypes(each, models, type !== undefined && models.has(type) ? type : model);
  });
}

function withJsonTag(data: unknown): unknown {
  if (typeof data === "string") return { $type: "Json", value: data };
  if (Array.isArray(data)) return data.map(withJsonTag);
  if (!isObject(data)) return data;
  return mapValues(data, (each, key) => (TEXT_OPERATORS.includes(key) ? each : withJsonTag(each)));
}

const typeOf = (models: DataModel, model: string | undefined, field: string): string | undefined =>
  model === undefined ? undefined : models.get(model)?.get(field);

const isObject = (data: unknown): data is Json => typeof data === "object" && data !== null;

const mapValues = (data: Json, change: (value: unknown, key: string) => unknown): Json =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, change(value, key)]));
