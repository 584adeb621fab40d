import { expect } from "chai";
import { renderRolesScript } from "../../components/postgres/render-roles.ts";
import { renderSettings } from "../../components/postgres/render-settings.ts";
import { findPostgres, PostgresServer } from "./postgres-server.ts";

const FIRST = { PASSWORD_LITELLM: "litellm-first-password", PASSWORD_PHOENIX: "phoenix-password" };
const MAX_CONNECTIONS = 30;
const SECOND = { ...FIRST, PASSWORD_LITELLM: "litellm-second-password" };

describe("the roles script, run by psql against a real PostgreSQL", function () {
  this.timeout(60_000);
  const script = renderRolesScript(["phoenix", "litellm"], {}, { phoenix: 5, litellm: 5 });
  let server: PostgresServer | undefined;

  const query = (role: string, password: string, database: string, statement: string) => {
    if (server === undefined) throw new Error("the server is not up");
    return server.query(role, password, database, statement);
  };

  before("needs a PostgreSQL server on this machine (Debian: apt-get install postgresql)", async function () {
    const bin = findPostgres();
    if (bin === undefined) return this.skip();
    server = await PostgresServer.start(
      bin,
      renderSettings({ maxConnections: MAX_CONNECTIONS, storageGi: 1 }),
    );
    server.runScript(script, FIRST);
    server.runScript(script, SECOND);
  });
  after(() => server?.stop());

  it("can run twice, and sets a role's password to the current value of its Secret", () => {
    expect(query("litellm", SECOND.PASSWORD_LITELLM, "litellm", "SELECT current_user")).to.equal("litellm");
    expect(() => query("litellm", FIRST.PASSWORD_LITELLM, "litellm", "SELECT 1")).to.throw(
      /password authentication failed/,
    );
  });

  it("resets a password that was changed by hand", () => {
    query("phoenix", FIRST.PASSWORD_PHOENIX, "phoenix", "ALTER ROLE phoenix PASSWORD 'by-hand'");
    server?.runScript(script, SECOND);
    expect(query("phoenix", FIRST.PASSWORD_PHOENIX, "phoenix", "SELECT current_user")).to.equal("phoenix");
  });

  it("creates an extension only in its consumer's database, and is idempotent", () => {
    // pgvector is not in Debian's server; this one is, and the script does not care which it is.
    const withExtension = renderRolesScript(["phoenix", "litellm"], { phoenix: ["vector"] });
    server?.runScript(withExtension.replaceAll('"vector"', '"pg_trgm"'), SECOND);
    server?.runScript(withExtension.replaceAll('"vector"', '"pg_trgm"'), SECOND);
    const found = "SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'";
    expect(query("phoenix", SECOND.PASSWORD_PHOENIX, "phoenix", found)).to.equal("1");
    expect(query("litellm", SECOND.PASSWORD_LITELLM, "litellm", found)).to.equal("0");
  });

  it("stops if the image does not have an extension", () =>
    expect(() =>
      server?.runScript(renderRolesScript(["phoenix"], { phoenix: ["no_such_extension"] }), SECOND),
    ).to.throw(/extension "no_such_extension" is not available/));

  it("keeps the database of a removed consumer, and grants access again when it returns", () => {
    server?.runScript(renderRolesScript(["phoenix", "former"]), { ...SECOND, PASSWORD_FORMER: "first" });
    query("former", "first", "former", "CREATE TABLE kept AS SELECT 7 AS value");
    server?.runScript(script, SECOND);
    server?.runScript(renderRolesScript(["phoenix", "former"]), { ...SECOND, PASSWORD_FORMER: "second" });
    expect(query("former", "second", "former", "SELECT value FROM kept")).to.equal("7");
  });

  it("lets a role create tables in its own database", () => {
    query("litellm", SECOND.PASSWORD_LITELLM, "litellm", "CREATE TABLE keys (id int)");
    expect(query("litellm", SECOND.PASSWORD_LITELLM, "litellm", "SELECT count(*) FROM keys")).to.equal("0");
  });

  it("accepts an SQL keyword as a name", () => {
    server?.runScript(renderRolesScript(["order"]), { PASSWORD_ORDER: "order-password" });
    expect(query("order", "order-password", "order", "SELECT current_user")).to.equal("order");
  });

  it("gives a role its connections and no more, so that the others have theirs", async () => {
    try {
      const refused = await server?.exhaust("litellm", SECOND.PASSWORD_LITELLM, MAX_CONNECTIONS);
      expect(refused).to.match(/too many connections for role "litellm"/);
      expect(query("phoenix", SECOND.PASSWORD_PHOENIX, "phoenix", "SELECT current_user")).to.equal("phoenix");
      server?.runScript(script, SECOND);
    } finally {
      server?.relieve();
    }
  });

  it("bounds the temporary files of a query, and lets no role change the bound", () => {
    const large =
      "SELECT count(*) FROM (SELECT repeat(md5(g::text), 8) t FROM generate_series(1, 600000) g ORDER BY t OFFSET 1) s";
    const ask = (statement: string) => () => query("litellm", SECOND.PASSWORD_LITELLM, "litellm", statement);
    expect(ask(large)).to.throw(/temporary file size exceeds/);
    expect(ask("SET temp_file_limit = -1")).to.throw(/permission denied to set parameter/);
  });

  for (const database of ["phoenix", "postgres", "template1"]) {
    it(`denies a role access to ${database}`, () => {
      expect(() => query("litellm", SECOND.PASSWORD_LITELLM, database, "SELECT 1")).to.throw(
        /permission denied for database/,
      );
    });
  }

  for (const statement of ["CREATE DATABASE other", "CREATE ROLE other", "ALTER ROLE litellm SUPERUSER"]) {
    it(`denies a role: ${statement}`, () => {
      expect(() => query("litellm", SECOND.PASSWORD_LITELLM, "litellm", statement)).to.throw(
        /permission denied|must be superuser/,
      );
    });
  }

  it("stops if a password is missing, and changes no role", () => {
    expect(() => server?.runScript(script, { PASSWORD_PHOENIX: FIRST.PASSWORD_PHOENIX })).to.throw(
      /syntax error/,
    );
    expect(query("litellm", SECOND.PASSWORD_LITELLM, "litellm", "SELECT current_user")).to.equal("litellm");
  });

  it("leaves no password in the server log when the statement that sets it fails", () => {
    const failing = script.replaceAll('ALTER ROLE "litellm"', 'ALTER ROLE "nobody_of_that_name"');
    expect(() => server?.runScript(failing, SECOND)).to.throw(/does not exist/);
    expect(server?.log).to.contain("nobody_of_that_name").and.not.to.contain(SECOND.PASSWORD_LITELLM);
  });

  it("leaves no password in a server log with every statement", () => {
    expect(server?.log).to.contain("SELECT current_user");
    for (const password of Object.values({ ...FIRST, ...SECOND, second: SECOND.PASSWORD_LITELLM })) {
      expect(server?.log).not.to.contain(password);
    }
  });
});
