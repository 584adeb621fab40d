import { stringify } from "yaml";
import { apiKeyVariable, type Model, PROVIDERS } from "./models.ts";

/** What LiteLLM's configuration file depends on. */
export interface LiteLlmConfig {
  readonly models: readonly Model[];
  /** Whether keys, budgets and spend are kept in a database. */
  readonly database: boolean;
}

/**
 * LiteLLM's `config.yaml`. Secrets are named (`os.environ/NAME`), never written. Keys of a map are sorted; models
 * keep their order, which is the order callers see.
 * Source of the keys: https://docs.litellm.ai/docs/proxy/config_settings.
 */
export function renderConfig(config: LiteLlmConfig): string {
  return stringify(
    {
      general_settings: {
        // Read here and nowhere else: under litellm_settings LiteLLM ignores them (S2.32).
        ...(config.database ? { database_url: "os.environ/DATABASE_URL" } : {}),
        master_key: "os.environ/LITELLM_MASTER_KEY",
      },
      litellm_settings: { drop_params: true, num_retries: 2, request_timeout: 600 },
      model_list: config.models.map(renderModel),
    },
    { sortMapEntries: true, lineWidth: 0 },
  );
}

function renderModel(model: Model) {
  if (model.provider === "mock") {
    return {
      model_name: model.name,
      litellm_params: { model: `openai/${model.name}`, mock_response: model.response },
    };
  }
  return {
    model_name: model.name,
    litellm_params: {
      model: `${PROVIDERS[model.provider].prefix}/${model.model}`,
      api_key: `os.environ/${apiKeyVariable(model.apiKey)}`,
      ...(model.apiBase === undefined ? {} : { api_base: model.apiBase }),
    },
  };
}
