import { expect } from "chai";
import { IMAGES } from "../../components/core/images.ts";
import { renderCluster } from "../../components/postgres/cnpg/render-cluster.ts";
import { renderRolesScript } from "../../components/postgres/render-roles.ts";
import { findPostgres, PostgresServer } from "./postgres-server.ts";

const PASSWORDS = { PASSWORD_LITELLM: "litellm-password", PASSWORD_PHOENIX: "phoenix-password" };

describe("the Cluster's connection rules, in a real PostgreSQL", function () {
  this.timeout(60_000);
  const { spec } = renderCluster({
    ...{ namespace: "data", image: IMAGES.postgresCluster, instances: 1, storageGi: 1 },
    roleSecrets: {},
  });
  let server: PostgresServer | undefined;

  const query = (role: string, password: string, database: string, sslMode = "require") => {
    if (server === undefined) throw new Error("the server is not up");
    return server.query(role, password, database, "SELECT current_database()", sslMode);
  };

  before("needs a PostgreSQL server on this machine (Debian: apt-get install postgresql)", async function () {
    const bin = findPostgres();
    if (bin === undefined) return this.skip();
    server = await PostgresServer.start(bin);
    // Databases as CloudNativePG makes them: PUBLIC may connect to all of them.
    const script = renderRolesScript(["litellm", "phoenix"]);
    server.runScript(script.replaceAll("REVOKE", "GRANT").replaceAll("FROM PUBLIC", "TO PUBLIC"), PASSWORDS);
    // Without them it would be open.
    expect(query("litellm", PASSWORDS.PASSWORD_LITELLM, "phoenix")).to.equal("phoenix");
    // Its own rules come before, and its last one after (pkg/postgres/configuration.go).
    server.useRules([...spec.postgresql.pg_hba, "host all all all scram-sha-256"]);
  });
  after(() => server?.stop());

  it("admit a role to the database with its name", () =>
    expect(query("litellm", PASSWORDS.PASSWORD_LITELLM, "litellm")).to.equal("litellm"));

  it("reject a wrong password", () =>
    expect(() => query("litellm", PASSWORDS.PASSWORD_PHOENIX, "litellm")).to.throw(
      /password authentication failed/,
    ));

  it("reject a connection without TLS", () =>
    expect(() => query("litellm", PASSWORDS.PASSWORD_LITELLM, "litellm", "disable")).to.throw(
      /pg_hba.conf rejects connection .* no encryption/,
    ));

  for (const database of ["phoenix", "postgres", "template1"]) {
    it(`reject a role in ${database}`, () =>
      expect(() => query("litellm", PASSWORDS.PASSWORD_LITELLM, database)).to.throw(
        /pg_hba.conf rejects connection/,
      ));
  }
});
