/** The commit of Prisma's engines in the version of `@prisma/query-engine-wasm`: what the native engines print. */
export const ENGINES_VERSION = "393aa359c9ad4a4bb28630fb5613f9c281cde053";
