// nft and its libraries except the C library, for machines on which it is not installed.
import { delimiter, join } from "node:path";
import { libraryFolders, unpackDebian } from "../tools/debian.ts";
import { findProgram } from "./machine-facts.ts";

const nftPackages = [
  ..."nftables libnftables1 libnftnl11 libmnl0 libjansson4 libgmp10 libxtables12".split(" "),
  ..."libedit2 libbsd0 libmd0 libtinfo6".split(" "),
];

/** The command for nft. */
export async function findNft(): Promise<readonly string[]> {
  const installed = findProgram("nft");
  if (installed !== undefined) return [installed];
  const root = await unpackDebian(nftPackages);
  const libraries = libraryFolders(root).join(delimiter);
  return ["/usr/bin/env", `LD_LIBRARY_PATH=${libraries}`, join(root, "usr", "sbin", "nft")];
}
