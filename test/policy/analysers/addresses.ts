// Arithmetic on addresses, no more than the boundary of a block needs.
import { BlockList, isIPv6 } from "node:net";

const toNumber = (address: string): number =>
  address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const toAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");

/** The first and last address of an IPv4 block, and the ones before and after; of an IPv6 block, none. */
export function addressesAround(cidr: string): string[] {
  const [base = "", bits = "32"] = cidr.split("/");
  if (isIPv6(base)) return [];
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(toNumber(base) / size) * size;
  return [first - 1, first, first + size - 1, first + size]
    .filter((value) => value >= 0 && value < 2 ** 32)
    .map(toAddress);
}

const family = (address: string): "ipv4" | "ipv6" => (isIPv6(address) ? "ipv6" : "ipv4");

const lists = new Map<string, BlockList>();

/** Whether a block, given as `10.0.0.0/8` or as `10.0.0.0-10.255.255.255`, holds an address. */
export function holds(block: string, address: string): boolean {
  let list = lists.get(block);
  if (list === undefined) {
    lists.set(block, (list = new BlockList()));
    const [base = "", bits] = block.split("/");
    const [first = "", last = first] = base.split("-");
    if (bits === undefined) list.addRange(first, last, family(first));
    else list.addSubnet(first, Number(bits), family(first));
  }
  return list.check(address, family(address));
}
