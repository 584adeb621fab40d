import { expect } from "chai";
import routes from "../../../../components/litellm/routes.json" with { type: "json" };
import { keyVariable } from "../../../../components/litellm/keys.ts";
import { type Registrations, renderRegistrations } from "../../../../components/litellm/render-keys.ts";

describe("renderRegistrations", () => {
  const rendered = (registrations: Partial<Registrations>) =>
    JSON.parse(renderRegistrations({ teams: {}, keys: {}, ...registrations })) as unknown;

  it("sets every limit, and clears unset limits with null, so that manual changes are reverted", () =>
    expect(
      rendered({
        teams: { research: { budget: { usd: 100, period: "30d" } } },
        keys: {
          "open-webui": { team: "research", models: ["small", "large"], requestsPerMinute: 60 },
          alice: { tokensPerMinute: 1000 },
        },
      }),
    ).to.deep.equal({
      teams: [
        {
          team_id: "research",
          team_alias: "research",
          models: [],
          max_budget: 100,
          budget_duration: "30d",
          rpm_limit: null,
          tpm_limit: null,
        },
      ],
      keys: [
        {
          name: "alice",
          variable: "KEY_ALICE",
          limits: {
            team_id: null,
            models: [],
            max_budget: null,
            budget_duration: null,
            rpm_limit: null,
            tpm_limit: 1000,
            allowed_routes: routes.callers,
          },
        },
        {
          name: "open-webui",
          variable: "KEY_OPEN_WEBUI",
          limits: {
            team_id: "research",
            models: ["large", "small"],
            max_budget: null,
            budget_duration: null,
            rpm_limit: 60,
            tpm_limit: null,
            allowed_routes: routes.callers,
          },
        },
      ],
    }));

  it("is the same whatever the order", () => {
    const [a, b] = [{ requestsPerMinute: 1 }, { requestsPerMinute: 2 }];
    expect(renderRegistrations({ teams: { a, b }, keys: { a, b } })).to.equal(
      renderRegistrations({ teams: { b, a }, keys: { b, a } }),
    );
  });

  it("names keys by their variables", () => expect(keyVariable("open-webui")).to.equal("KEY_OPEN_WEBUI"));
});
