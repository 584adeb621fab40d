// For the Makefile: prints what the first argument was most likely meant to be, of the others.
import { didYouMean } from "./nearest.ts";

const [word = "", ...candidates] = process.argv.slice(2);
process.stdout.write(didYouMean(word, candidates));
