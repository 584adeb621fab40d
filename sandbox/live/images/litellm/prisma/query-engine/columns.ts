// Types of columns: how PostgreSQL names them, how Prisma's adapters name them, and how their text becomes a value.
// Source: ColumnTypeEnum of @prisma/driver-adapter-utils 5.17, and `select oid, typarray, typname from pg_type`.
import { parse as parseArray } from "postgres-array";

const ColumnType = {
  int32: 0,
  int64: 1,
  float: 2,
  double: 3,
  numeric: 4,
  boolean: 5,
  character: 6,
  text: 7,
  date: 8,
  time: 9,
  dateTime: 10,
  json: 11,
  bytes: 13,
  uuid: 15,
} as const;
/** Prisma's number for an array type: that of its items and this. */
const ARRAY = 64;
const VOID = 2278;

type Parser = (text: string) => unknown;

const asText: Parser = (text) => text;
const withoutZone: Parser = (text) => text.replace(/[+-]\d\d(:\d\d)*$/, "");
const amount: Parser = (text) => text.replace(/[^\d.-]/g, "");
const bytes: Parser = (text) => Array.from(Buffer.from(text.slice(2), "hex"));

/** `2026-01-02 03:04:05.678+02` as the same instant in UTC, without an offset. */
function inUtc(text: string): string {
  const [, bare = text, fraction = "", sign, hours = "0", minutes = "0", seconds = "0"] =
    /^(.*?)(\.\d+)?([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?$/.exec(text) ?? [];
  if (sign === undefined) return text;
  const offset = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * (sign === "+" ? 1 : -1);
  if (offset === 0) return bare + fraction;
  const instant = new Date(`${bare.replace(" ", "T")}Z`).getTime() - offset * 1000;
  return new Date(instant).toISOString().replace("T", " ").slice(0, 19) + fraction;
}

/** PostgreSQL's number of the type, and of its array. */
const TYPES: readonly (readonly [oid: number, array: number, type: number, parse: Parser])[] = [
  [16, 1000, ColumnType.boolean, (text) => text === "t"],
  [17, 1001, ColumnType.bytes, bytes],
  [18, 1002, ColumnType.character, asText],
  [19, 1003, ColumnType.text, asText], // name
  [20, 1016, ColumnType.int64, asText],
  [21, 1005, ColumnType.int32, Number], // smallint
  [23, 1007, ColumnType.int32, Number],
  [25, 1009, ColumnType.text, asText],
  [26, 1028, ColumnType.int64, asText], // oid
  [114, 199, ColumnType.json, asText],
  [142, 143, ColumnType.text, asText], // xml
  [650, 651, ColumnType.text, asText], // cidr
  [700, 1021, ColumnType.float, Number],
  [701, 1022, ColumnType.double, Number],
  [790, 791, ColumnType.numeric, amount], // money
  [869, 1041, ColumnType.text, asText], // inet
  [1042, 1014, ColumnType.text, asText], // character(n)
  [1043, 1015, ColumnType.text, asText], // character varying
  [1082, 1182, ColumnType.date, asText],
  [1083, 1183, ColumnType.time, asText],
  [1114, 1115, ColumnType.dateTime, asText],
  [1184, 1185, ColumnType.dateTime, inUtc],
  [1266, 1270, ColumnType.time, withoutZone],
  [1560, 1561, ColumnType.text, asText], // bit
  [1562, 1563, ColumnType.text, asText], // bit varying
  [1700, 1231, ColumnType.numeric, asText],
  [2950, 2951, ColumnType.uuid, asText],
  [3802, 3807, ColumnType.json, asText], // jsonb
];

const KNOWN = new Map<number, { readonly type: number; readonly parse: Parser }>(
  TYPES.flatMap(([oid, array, type, parse]) => [
    [oid, { type, parse }],
    [array, { type: type + ARRAY, parse: (text: string) => parseArray(text, parse) }],
  ]),
);

/** Prisma's number of a column's type; text for types that Prisma does not know. */
export const columnType = (oid: number): number => KNOWN.get(oid)?.type ?? ColumnType.text;

export const parserOf = (oid: number): Parser =>
  // A function without a result, such as pg_advisory_lock, returns an empty text.
  oid === VOID ? () => null : (KNOWN.get(oid)?.parse ?? asText);
