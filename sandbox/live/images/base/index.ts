// Debian 12 with Python, a shell and the certificate authorities: what the other images stand on. Not an image itself.
// What differs from Debian's own image: no apt, dpkg or perl; busybox in the place of dash and coreutils; no
// documentation; Python without `nis` (its library drags Kerberos in); no maintainer script has run, so there is no ld.so.cache (the loader knows Debian's folders without).
import { readFileSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { debian } from "../debian.ts";
import type { Layer } from "../recipe.ts";

export const base: Layer = debian("Debian 12 with Python 3.11", import.meta.dirname, {
  source: readFileSync(import.meta.filename, "utf8"),
  apply: finish,
});

async function finish(root: string): Promise<void> {
  await writeCertificates(root);
  for (const program of await busyboxPrograms(root))
    await linkUnlessThere("busybox", join(root, "usr/bin", program));
  for (const name of ["python3", "python"]) await linkUnlessThere("python3.11", join(root, "usr/bin", name));
  for (const folder of ["tmp", "var/tmp"]) {
    await mkdir(join(root, folder), { recursive: true });
    await chmod(join(root, folder), 0o1777);
  }
  await writeFile(
    join(root, "etc/nsswitch.conf"),
    "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
  );
}

/** What `update-ca-certificates` makes. */
async function writeCertificates(root: string): Promise<void> {
  const source = join(root, "usr/share/ca-certificates/mozilla");
  const files = (await readdir(source)).filter((file) => file.endsWith(".crt")).toSorted();
  const all = await Promise.all(files.map((file) => readFile(join(source, file), "utf8")));
  await mkdir(join(root, "etc/ssl/certs"), { recursive: true });
  await writeFile(join(root, "etc/ssl/certs/ca-certificates.crt"), all.join(""));
  await rm(join(root, "usr/share/ca-certificates"), { recursive: true });
  // Where OpenSSL, and with it Python, looks when it is not told.
  await mkdir(join(root, "usr/lib/ssl"), { recursive: true });
  await linkUnlessThere("/etc/ssl/certs/ca-certificates.crt", join(root, "usr/lib/ssl/cert.pem"));
}

/** Static busybox: its `wget` crashes on a name look-up, and `mount` and its like have no place in a pod. */
const busybox =
  "awk basename bunzip2 cat chgrp chmod chown clear cmp cp cut date dd df diff dirname du echo egrep env expr false " +
  "fgrep find free grep gunzip gzip head hexdump hostname id kill ln ls md5sum mkdir mktemp more mv nc netstat nproc " +
  "od paste printenv printf ps pwd readlink realpath rm rmdir sed seq sh sha256sum sleep sort stat strings stty sync " +
  "tail tar tee test timeout top touch tr true truncate tty uname uniq unxz vi wc which whoami xargs xzcat yes zcat";

async function busyboxPrograms(root: string): Promise<string[]> {
  await stat(join(root, "usr/bin/busybox"));
  return busybox.split(" ");
}

async function linkUnlessThere(target: string, path: string): Promise<void> {
  await symlink(target, path).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
}
