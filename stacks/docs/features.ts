import { jsonSchema } from "../config-problem.ts";
import { committedConfig, STACKS } from "./committed-config.ts";
import { table } from "./table.ts";

/** Every toggle of `features`, its default, and how the committed stacks set it. */
export function featuresTable(): string {
  const stacks = STACKS.map((stack) => committedConfig(stack).features as Readonly<Record<string, boolean>>);
  const toggles = Object.entries(jsonSchema().properties?.["features"]?.properties ?? {});
  return table(
    ["feature", "what it adds", "default", ...STACKS],
    toggles.map(([name, { description = "", default: isOn }]) => [
      `\`${name}\``,
      description,
      onOff(isOn === true),
      ...stacks.map((features) => onOff(features[name] === true)),
    ]),
  );
}

const onOff = (isOn: boolean): string => (isOn ? "on" : "off");
