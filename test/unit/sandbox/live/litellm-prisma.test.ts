// What the server of Prisma's WebAssembly engine translates. The engine itself runs in test/live/litellm-*.test.ts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { addressOf, readAddress } from "../../../../sandbox/live/images/litellm/prisma/address.ts";
import { columnType, parserOf } from "../../../../sandbox/live/images/litellm/prisma/query-engine/columns.ts";
import { readDataModel } from "../../../../sandbox/live/images/litellm/prisma/query-engine/data-model.ts";
import {
  translate,
  UnsupportedRequest,
} from "../../../../sandbox/live/images/litellm/prisma/query-engine/request.ts";
import {
  taggedRows,
  withoutTags,
} from "../../../../sandbox/live/images/litellm/prisma/query-engine/response.ts";
import { ENGINES_VERSION } from "../../../../sandbox/live/images/litellm/prisma/version.ts";
import { checkout } from "../../../../sandbox/paths.ts";

const SCHEMA = `
datasource client { provider = "postgresql"
  url = env("DATABASE_URL")
}
model Key {
  token    String @id
  spend    Float  @default(0.0)
  metadata Json   @default("{}")
  team     Team?  @relation(fields: [team_id], references: [id])
  team_id  String?
}
model Team {
  id       String @id
  settings Json?
}
`;
const MODELS = readDataModel(SCHEMA);
const only = (text: string) => {
  const [named, ...others] = translate(text, MODELS);
  expect(others).to.deep.equal([]);
  return named;
};

describe("requests of prisma-client-py, for Prisma's WebAssembly engine", () => {
  it("become operations of the JSON protocol, with the name of the result", () =>
    expect(
      only(`query { result: findUniqueKey(where: {token: "a"}) { token spend team(take: 1) { id } } }`),
    ).to.deep.equal({
      key: "result",
      operation: {
        modelName: "Key",
        action: "findUnique",
        query: {
          arguments: { where: { token: "a" } },
          selection: {
            token: true,
            spend: true,
            team: { arguments: { take: 1 }, selection: { id: true } },
          },
        },
      },
    }));

  it("have text for Json fields tagged, also in a related model and in a filter, and no other text", () => {
    const data = String.raw`{token: "{}", metadata: "{\"a\":1}", team: {create: {id: "t", settings: "[]"}}}`;
    expect(
      only(`mutation { result: createOneKey(data: ${data}) { token } }`)?.operation.query.arguments,
    ).to.deep.equal({
      data: {
        token: "{}",
        metadata: { $type: "Json", value: '{"a":1}' },
        team: { create: { id: "t", settings: { $type: "Json", value: "[]" } } },
      },
    });
    const where = `{metadata: {path: ["name"], equals: "\\"x\\""}}`;
    expect(
      only(`query { result: findManyKey(where: ${where}) { token } }`)?.operation.query.arguments,
    ).to.deep.equal({
      where: { metadata: { path: ["name"], equals: { $type: "Json", value: '"x"' } } },
    });
  });

  it("keep integers that JavaScript cannot represent", () =>
    expect(
      only(`query { result: findManyKey(where: {spend: 9007199254740993, token: 1}) { token } }`)?.operation
        .query.arguments,
    ).to.deep.equal({ where: { spend: { $type: "BigInt", value: "9007199254740993" }, token: 1 } }));

  it("are rejected where the translation does not know them", () => {
    for (const text of ["query { result: inventKey { token } }", "query { findFirstKey { a: token } }"])
      expect(() => translate(text, MODELS)).to.throw(UnsupportedRequest);
  });
});

describe("responses of Prisma's WebAssembly engine, for prisma-client-py", () => {
  it("have no tags, and Json as text", () =>
    expect(
      withoutTags([{ at: { $type: "DateTime", value: "2026-01-01" }, json: { $type: "Json", value: "{}" } }]),
    ).to.deep.equal([{ at: "2026-01-01", json: "{}" }]));

  it("of raw queries have one object per row, and the count of a statement stays a number", () => {
    const table = {
      columns: ["n", "l"],
      types: ["int", "string-array"],
      rows: [
        [1, ["a"]],
        [null, []],
      ],
    };
    expect(taggedRows(table)).to.deep.equal([
      {
        n: { prisma__type: "int", prisma__value: 1 },
        l: { prisma__type: "array", prisma__value: [{ prisma__type: "string", prisma__value: "a" }] },
      },
      {
        n: { prisma__type: "null", prisma__value: null },
        l: { prisma__type: "array", prisma__value: [] },
      },
    ]);
    expect(taggedRows(3)).to.equal(3);
  });
});

describe("columns of PostgreSQL, for Prisma's WebAssembly engine", () => {
  it("have their type, and text if Prisma does not know it", () =>
    expect([columnType(23), columnType(1007), columnType(4_000_000)]).to.deep.equal([0, 64, 7]));

  it("with a time zone are in UTC", () => {
    const parse = parserOf(1184);
    expect(parse("2026-01-02 03:04:05.678+00")).to.equal("2026-01-02 03:04:05.678");
    expect(parse("2026-01-02 03:04:05.678+02")).to.equal("2026-01-02 01:04:05.678");
    expect(parse("2026-01-01 23:30:00-01:30")).to.equal("2026-01-02 01:00:00");
  });

  it("with arrays, bytes and nothing have their values", () => {
    expect(parserOf(1007)("{1,2}")).to.deep.equal([1, 2]);
    expect(parserOf(17)(String.raw`\x00ff`)).to.deep.equal([0, 255]);
    expect(parserOf(2278)("")).to.equal(null);
  });
});

describe("the address of LiteLLM's database", () => {
  const pool = (options: string) => readAddress(`postgresql://litellm:p%40ss@db:6432/litellm${options}`).pool;

  it("has its parts, decoded, and Prisma's defaults", () =>
    expect(pool("")).to.deep.include({
      host: "db",
      port: 6432,
      user: "litellm",
      password: "p@ss",
      database: "litellm",
      max: 10,
      connectionTimeoutMillis: 10_000,
      ssl: false,
    }));

  it("says whether a certificate must be valid, as the pods say it", () => {
    expect(pool("?sslmode=require").ssl).to.deep.equal({ rejectUnauthorized: false });
    expect(pool("?sslmode=require&sslaccept=strict").ssl).to.deep.equal({ rejectUnauthorized: true });
  });

  it("comes from the variable that the schema names", () => {
    expect(addressOf(SCHEMA, { DATABASE_URL: "postgresql://db/x" })).to.equal("postgresql://db/x");
    expect(() => addressOf(SCHEMA, {})).to.throw("DATABASE_URL is not set");
  });
});

describe("packages of the image litellm", () => {
  const versions = (file: string) =>
    JSON.parse(readFileSync(join(checkout, file), "utf8")) as {
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };

  it("that the type checker reads have the versions in the image", () => {
    const { devDependencies } = versions("package.json");
    const { dependencies } = versions("sandbox/live/images/litellm/prisma/package.json");
    const shared = Object.keys(dependencies).filter((name) => name in devDependencies);
    expect(shared).to.include.members(["graphql", "pg", "postgres-array"]);
    for (const name of shared) expect(dependencies[name], name).to.equal(devDependencies[name]);
  });

  it("have the engine whose commit the programs print", () => {
    const { dependencies } = versions("sandbox/live/images/litellm/prisma/package.json");
    expect(dependencies["@prisma/query-engine-wasm"]?.split(".").at(-1)).to.equal(ENGINES_VERSION);
  });
});
