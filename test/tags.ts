// Tags of images, and what the configuration and every engine of the admission policies must make of them.

export interface TagCase {
  readonly tag: string;
  /** Whether it names one release, so that it may run without a digest. */
  readonly isExact: boolean;
  /** The first two numbers of its version; absent if it names none. */
  readonly version?: string;
}

const exact = (tag: string, version: string): TagCase => ({ tag, isExact: true, version });
const moving = (tag: string, version?: string): TagCase => ({
  tag,
  isExact: false,
  ...(version === undefined ? {} : { version }),
});

export const TAGS: readonly TagCase[] = [
  exact("18.6", "18.6"),
  exact("v1.108.11", "1.108"),
  exact("v2.0.1", "2.0"),
  exact("3.6.16-alpine", "3.6"),
  exact("18.6-standard-trixie", "18.6"),
  exact("version-20.26.1-nonroot", "20.26"),
  exact("1.84.0-rc.1", "1.84"),
  exact("1.84.0-RC1", "1.84"),
  exact("8.0.11_7", "8.0"),
  exact("1.84-device", "1.84"),
  exact("1.84.0-developer", "1.84"),
  exact("1.9.0", "1.9"),
  exact("v0.99.0", "0.99"),
  exact("v1.84.0-py3.11", "1.84"),
  moving("3"),
  moving("18"),
  moving("v1"),
  moving("version-20"),
  moving("version-latest"),
  moving("version-"),
  moving("lts"),
  moving("canary"),
  moving("HEAD"),
  moving("latest"),
  moving("Latest"),
  moving("main"),
  moving("stable"),
  moving("edge"),
  moving("nightly"),
  moving("alpine"),
  moving("rc"),
  moving("sha-0a1b2c3"),
  moving("main-stable"),
  moving("main-v1.90.0-stable"),
  moving("v1.90.0-nightly", "1.90"),
  moving("1.90.0-NIGHTLY", "1.90"),
  moving("1.2.3-latest", "1.2"),
  moving("18.6-dev", "18.6"),
  moving("2.479.1-lts", "2.479"),
  moving("1.0-SNAPSHOT", "1.0"),
  moving("1.84.0-", "1.84"),
  moving("1.84.", "1.84"),
  // The version of something else in the image is not its own.
  moving("py3.13-v1.82.7"),
  moving("alpine-3.19"),
  moving("release1.90"),
  // Too long for a number.
  moving("99999999999999999999.84"),
];
