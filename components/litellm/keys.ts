/** What somebody may use of the gateway. */
export interface Limits {
  /**
   * Names in the model list.
   * @default all
   */
  readonly models?: readonly string[] | undefined;
  /**
   * What may be spent in each period.
   * @default no limit
   */
  readonly budget?: Budget | undefined;
  /** @default no limit */
  readonly requestsPerMinute?: number | undefined;
  /** @default no limit */
  readonly tokensPerMinute?: number | undefined;
}

/** Money in a period, in US dollars. */
export interface Budget {
  readonly usd: number;
  /** As LiteLLM writes it: `30d`, `12h`. */
  readonly period: string;
}

/** A virtual key's limits, those of its team besides. */
export interface KeyLimits extends Limits {
  /**
   * One of the gateway's teams, whose limits all its keys share.
   * @default none
   */
  readonly team?: string | undefined;
}

/** What teams and keys may be called: part of the names of Secrets, of environment variables, and LiteLLM's ids. */
export const KEY_NAME = /^[a-z][a-z0-9-]{0,39}$/;
/** A budget's period. */
export const PERIOD = /^[1-9][0-9]{0,3}(s|m|h|d|mo)$/;

/** `open-webui` -> `KEY_OPEN_WEBUI`: the variable that holds a key in the Job that registers it. */
export function keyVariable(name: string): string {
  return `KEY_${name.replaceAll("-", "_").toUpperCase()}`;
}
