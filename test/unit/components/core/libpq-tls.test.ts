import { expect } from "chai";
import { libpqTls } from "../../../../components/core/libpq-tls.ts";

describe("libpqTls", () => {
  it("is explicit even without TLS", () => expect(libpqTls()).to.deep.equal({ PGSSLMODE: "disable" }));
  it("verifies no certificate unless required", () =>
    expect(libpqTls("require")).to.deep.equal({ PGSSLMODE: "require" }));
});
