import { BlockList, isIP } from "node:net";

/**
 * IPv4 ranges that are never public: private, carrier-grade NAT, loopback, link-local (with the cloud metadata
 * address 169.254.169.254), multicast and reserved (RFC 6890).
 */
export const NOT_PUBLIC_IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

/** IPv6 global unicast. Loopback, link-local, unique local and multicast are outside of it. */
export const PUBLIC_IPV6 = "2000::/3";

/**
 * Whether the gateway's network policies allow a host: a public address, or a host name that is not obviously in
 * the cluster. The addresses behind a name are unknown here; the policies check the real address.
 */
export function isPublicHost(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, "");
  if (isIP(address) === 4) return !blockListOf("ipv4", NOT_PUBLIC_IPV4).check(address, "ipv4");
  if (isIP(address) === 6) return blockListOf("ipv6", [PUBLIC_IPV6]).check(address, "ipv6");
  return host.includes(".") && !/(^|\.)(svc|local|localhost|internal)$|\.svc\./.test(host);
}

function blockListOf(family: "ipv4" | "ipv6", ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits] = range.split("/");
    list.addSubnet(network, Number(bits), family);
  }
  return list;
}
