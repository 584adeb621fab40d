// The table that nca writes: `SOURCE => DESTINATION : CONNECTIONS`, a line for each pair that may connect at all.
import type { Protocol } from "../../../sandbox/live/network-policy/objects.ts";

export interface Row {
  /** `namespace/pod`, or a range of addresses. */
  readonly source: string;
  readonly destination: string;
  readonly allows: Allows;
}

type Allows = (protocol: Protocol, port: number) => boolean;

/** What this does not know to read is an error: a line that is left out would read as denied. */
export function parseConnections(output: string): Row[] {
  return output
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, source, destination, connections] = /^(\S+) => (\S+) : (.+)$/.exec(line) ?? [];
      if (source === undefined || destination === undefined || connections === undefined) throw unknown(line);
      return { source, destination, allows: parseAllows(connections) };
    });
}

const unknown = (text: string): Error =>
  new Error(`nca wrote something that this reader does not know: ${text}`);

function parseAllows(text: string): Allows {
  if (text === "All connections") return () => true;
  const but = text.startsWith("All but {");
  const cubes = but ? text.slice("All but ".length) : text;
  if (!/^\{[^{}]*\}(,\{[^{}]*\})*$/.test(cubes)) throw unknown(text);
  const parts = [...cubes.matchAll(/\{([^{}]*)\}/g)].map(([, cube = ""]) => parseCube(cube));
  return (protocol, port) => parts.some((allows) => allows(protocol, port)) !== but;
}

/** `protocols:TCP,dst_ports:80,90-99`; what is not named is everything. */
function parseCube(text: string): Allows {
  const found =
    /^(?:protocols:(?<but>all but )?(?<names>[A-Z]+(?:, [A-Z]+)*))?(?:(?:^|,)dst_ports:(?<ports>[\d,-]+))?$/.exec(
      text,
    );
  if (found?.groups === undefined || text === "") throw unknown(text);
  const { but, names, ports } = found.groups;
  return (protocol, port) =>
    (names === undefined || names.split(", ").includes(protocol) === (but === undefined)) &&
    (ports === undefined ||
      ports.split(",").some((range) => {
        const [first = 0, last = first] = range.split("-").map(Number);
        return first <= port && port <= last;
      }));
}
