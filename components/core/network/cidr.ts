import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** The shortest prefix of each family: a shorter one is a mistake, or it is meant for everyone. */
const SHORTEST_PREFIX = { ipv4: 8, ipv6: 16 } as const;
/** IPv6 addresses that stand for an IPv4 address (RFC 4291, 2.5.5.2). */
const IPV4_MAPPED_PREFIX = 96;

/** What a text should have been in place of a range, and the ranges that it may have meant. */
export interface CidrProblem {
  /** Continues "must be" and "expected". */
  readonly expected: string;
  readonly choices: readonly string[];
}

/** Why a text is no range of addresses (CIDR) that a network policy may open; nothing when it is one. */
export function cidrProblem(cidr: string): CidrProblem | undefined {
  const [address = "", bits = "", ...rest] = cidr.split("/");
  // Of its own parsers ipaddr.js takes 10.1 and 0x0a.0.0.1 as well, and the API server refuses them.
  const family = address.includes("%") ? 0 : isIP(address);
  if (family === 0) return { expected: "a range of addresses (10.0.0.5/32)", choices: [] };
  const longest = family === 4 ? 32 : 128;
  if (rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > longest) {
    const isBare = cidr === address;
    return {
      expected: "a range of addresses (10.0.0.5/32)",
      choices: isBare ? acceptable(`${address}/${String(longest)}`) : [],
    };
  }
  return rangeProblem(ipaddr.parse(address), Number(bits), longest);
}

function rangeProblem(
  address: ipaddr.IPv4 | ipaddr.IPv6,
  prefix: number,
  longest: number,
): CidrProblem | undefined {
  const cidr = `${address.toString()}/${String(prefix)}`;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    return {
      expected: "an IPv4 range in its own notation: network policies compare IPv4 addresses",
      choices:
        prefix < IPV4_MAPPED_PREFIX
          ? []
          : acceptable(`${address.toIPv4Address().toString()}/${String(prefix - IPV4_MAPPED_PREFIX)}`),
    };
  }
  const network = networkOf(cidr, address.kind());
  if (network !== address.toString()) {
    const whole = `${network}/${String(prefix)}`;
    return {
      expected: `a range without host bits: /${String(prefix)} of ${address.toString()} is all of ${whole}`,
      choices: [`${address.toString()}/${String(longest)}`, ...acceptable(whole)],
    };
  }
  const shortest = SHORTEST_PREFIX[address.kind()];
  if (prefix >= shortest) return undefined;
  const size = prefix === 0 ? "every address" : `1/${String(2 ** prefix)} of all addresses`;
  return { expected: `a range of /${String(shortest)} or longer: ${cidr} is ${size}`, choices: [] };
}

/** What a fix may name: never a range that would be refused in its turn. */
function acceptable(cidr: string): string[] {
  return cidrProblem(cidr) === undefined ? [cidr] : [];
}

function networkOf(cidr: string, family: "ipv4" | "ipv6"): string {
  const { IPv4, IPv6 } = ipaddr;
  return (family === "ipv4" ? IPv4 : IPv6).networkAddressFromCIDR(cidr).toString();
}
