import { expect } from "chai";
import {
  renderSignIns,
  showCommand,
  showsValues,
  type SignIn,
} from "../../../../sandbox/commands/credentials.ts";
import { CommandError, exitCodes } from "../../../../sandbox/commands/errors.ts";
import { signInSchema } from "../../../../sandbox/commands/services.ts";

const phoenix: SignIn = {
  service: "phoenix",
  address: "http://127.0.0.1:10001",
  user: "admin@localhost",
  namespace: "llm-tracing",
  name: "phoenix-admin-1c77",
  key: "password",
};
const tenant: SignIn = {
  service: "litellm",
  address: "litellm.llm-gateway.svc:4000",
  namespace: "llm-tenant-lab",
  name: "litellm-key-9f",
  key: "key",
};
const texts = { command: "make credentials STACK=live", settings: "/checkout/.sandbox/live/env" };

describe("make credentials", () => {
  it("lists address, user and Secret of each service, and the commands that show the values", () => {
    expect(renderSignIns([phoenix, tenant], texts).split("\n")).to.deep.equal([
      "SERVICE  ADDRESS                       USER             SECRET (NAMESPACE/NAME/KEY)",
      "phoenix  http://127.0.0.1:10001        admin@localhost  llm-tracing/phoenix-admin-1c77/password",
      "litellm  litellm.llm-gateway.svc:4000  (API key)        llm-tenant-lab/litellm-key-9f/key",
      "",
      "to show the values on this terminal: make credentials STACK=live SHOW=1",
      "to show one with kubectl, after `. /checkout/.sandbox/live/env`:",
      `  ${showCommand(phoenix)}`,
      `  ${showCommand(tenant)}`,
      "A password that was changed on a page is not in its Secret.",
    ]);
  });

  it("has a column of values instead of commands if SHOW=1", () => {
    expect(renderSignIns([{ ...phoenix, value: "hush" }], texts).split("\n")).to.deep.equal([
      "SERVICE  ADDRESS                 USER             SECRET (NAMESPACE/NAME/KEY)              VALUE",
      "phoenix  http://127.0.0.1:10001  admin@localhost  llm-tracing/phoenix-admin-1c77/password  hush",
      "",
      "A password that was changed on a page is not in its Secret.",
    ]);
  });

  it("reports a stack without sign-ins", () => {
    expect(renderSignIns([], texts)).to.equal("no service of this stack has a sign-in");
  });

  it("shows values only with SHOW=1 on a terminal", () => {
    expect(showsValues(undefined, false, "make credentials")).to.equal(false);
    expect(showsValues("", true, "make credentials")).to.equal(false);
    expect(showsValues("1", true, "make credentials")).to.equal(true);
  });

  const refused = (show: string, isTerminal: boolean): CommandError => {
    try {
      showsValues(show, isTerminal, "make credentials");
    } catch (error) {
      if (error instanceof CommandError) return error;
    }
    throw new Error("was not refused");
  };

  it("refuses them to a file or another program, with the command that works there", () => {
    const { message, exitCode, fix } = refused("1", false);
    expect(message).to.equal("passwords are shown on a terminal only");
    expect(exitCode).to.equal(exitCodes.usage);
    expect(fix).to.contain("make credentials SHOW=1").and.to.contain("kubectl");
  });

  it("rejects any other value of SHOW, also on a terminal", () => {
    for (const show of ["0", "yes", "true", "11"]) {
      const { message, exitCode } = refused(show, true);
      expect(message).to.contain(`SHOW="${show}"`);
      expect(exitCode).to.equal(exitCodes.usage);
    }
  });

  it("reads the program's outputs, but not those of an unfinished or older update", () => {
    const { service, namespace, name, key } = tenant;
    const secrets = { tenant: { service, namespace, name, key } };
    expect(signInSchema.parse({ services: [], secrets })).to.deep.equal({ services: [], secrets });
    expect(signInSchema.safeParse({}).success).to.equal(false);
    expect(
      signInSchema.safeParse({ services: [], secrets: { tenant: { namespace, name, key } } }).success,
    ).to.equal(false);
  });
});
