import { expect } from "chai";
import { imageReference, IMAGES, parseImage } from "../../../../components/core/images.ts";
import type { OpenWebUiArgs } from "../../../../components/open-webui/args.ts";
import {
  OPEN_WEBUI,
  OPEN_WEBUI_CHANNELS,
  OPEN_WEBUI_ROLE,
} from "../../../../components/open-webui/endpoints.ts";
import { validateOpenWebUiArgs } from "../../../../components/open-webui/validate-args.ts";
import { KEY_NAME } from "../../../../components/litellm/keys.ts";
import { roleNameProblem } from "../../../../components/postgres/render-roles.ts";
import { consumerProblem } from "../../../../components/redis/consumers.ts";
import { channelProblem } from "../../../../components/redis/render-start.ts";
import { ARGS, LOAD_BALANCER, SEVERAL } from "./fixtures.ts";

describe("validateOpenWebUiArgs", () => {
  const problems = (args: Partial<OpenWebUiArgs>) => validateOpenWebUiArgs({ ...ARGS, ...args });
  it("finds nothing where all fits", () => {
    expect(problems({})).to.deep.equal([]);
    expect(problems({ ...SEVERAL, publicUrl: "http://10.0.0.1", exposure: LOAD_BALANCER })).to.deep.equal([]);
  });
  for (const publicUrl of [
    "chat.example.org",
    "https://a.example.org/",
    "https://a.org;https://b.org",
    "*",
  ]) {
    it(`refuses the address ${publicUrl}`, () =>
      expect(problems({ publicUrl })).to.deep.equal([
        { propertyPath: "publicUrl", reason: "must be like https://chat.example.org, without a path" },
      ]));
  }
  for (const adminEmail of ["", "admin", "a b@c", "@c", "a@"]) {
    it(`refuses the e-mail address ${JSON.stringify(adminEmail)}`, () =>
      expect(problems({ adminEmail }).map(({ propertyPath }) => propertyPath)).to.deep.equal(["adminEmail"]));
  }
});

describe("the names of Open WebUI", () => {
  it("can be those of a role, a Redis user and a virtual key", () => {
    expect(roleNameProblem(OPEN_WEBUI_ROLE)).to.equal(undefined);
    expect(consumerProblem(OPEN_WEBUI_ROLE)).to.equal(undefined);
    expect(OPEN_WEBUI_CHANNELS.map(channelProblem)).to.deep.equal([undefined]);
    expect(OPEN_WEBUI).to.match(KEY_NAME);
  });
  it("its image is also valid in a configuration", () =>
    expect(parseImage(imageReference(IMAGES.openWebui))).to.deep.equal(IMAGES.openWebui));
});
