import { expect } from "chai";
import { libpqTls } from "../../../../components/core/libpq-tls.ts";

describe("libpqTls", () => {
  it("says it even where there is no TLS", () => expect(libpqTls()).to.deep.equal({ PGSSLMODE: "disable" }));
  it("checks no certificate where none is asked", () =>
    expect(libpqTls("require")).to.deep.equal({ PGSSLMODE: "require" }));
});
