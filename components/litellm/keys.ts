/** Limits of a key or a team. */
export interface Limits {
  /**
   * Names in the model list.
   * @default all
   */
  readonly models?: readonly string[] | undefined;
  /**
   * Maximum spend per period.
   * @default no limit
   */
  readonly budget?: Budget | undefined;
  /** @default no limit */
  readonly requestsPerMinute?: number | undefined;
  /** @default no limit */
  readonly tokensPerMinute?: number | undefined;
}

/** A budget in US dollars per period. */
interface Budget {
  readonly usd: number;
  /** In LiteLLM's format: `30d`, `12h`. */
  readonly period: string;
}

/** The limits of a virtual key, in addition to those of its team. */
export interface KeyLimits extends Limits {
  /**
   * The team of the key. All keys of a team share its limits.
   * @default none
   */
  readonly team?: string | undefined;
}

/** Valid names of teams and keys. They become part of Secret names, environment variables and LiteLLM ids. */
export const KEY_NAME = /^[a-z][a-z0-9-]{0,39}$/;
/** Valid periods of a budget. */
export const PERIOD = /^[1-9][0-9]{0,3}(s|m|h|d|mo)$/;

/** `open-webui` -> `KEY_OPEN_WEBUI`: the environment variable with a key in the Job that registers it. */
export function keyVariable(name: string): string {
  return `KEY_${name.replaceAll("-", "_").toUpperCase()}`;
}
