import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

export interface Result {
  readonly code: number | null;
  readonly output: string;
}

/** kubectl with one kubeconfig; objects go in as JSON, and come back as what `kubectl get -o json` prints. */
export class Kubectl {
  private readonly program: string;
  private readonly kubeconfig: string;

  constructor(program: string, kubeconfig: string) {
    this.program = program;
    this.kubeconfig = kubeconfig;
  }

  /** Never throws: tests look at refusals as often as at successes. */
  try(args: string, input: readonly object[] = []): Promise<Result> {
    return new Promise((settle, fail) => {
      const child = spawn(this.program, args.split(" "), {
        env: { ...process.env, KUBECONFIG: this.kubeconfig },
      });
      let output = "";
      const collect = (text: Buffer): void => void (output += text.toString());
      child.stdout.on("data", collect);
      child.stderr.on("data", collect);
      child.on("error", fail);
      child.on("close", (code) => settle({ code, output }));
      child.stdin.end(JSON.stringify({ apiVersion: "v1", kind: "List", items: input }));
    });
  }

  async run(args: string, input: readonly object[] = []): Promise<string> {
    const { code, output } = await this.try(args, input);
    if (code !== 0) throw new Error(`kubectl ${args}: ${output}`);
    return output;
  }

  create(...objects: readonly object[]): Promise<string> {
    return this.run("create -f -", objects);
  }

  tryCreate(...objects: readonly object[]): Promise<Result> {
    return this.try("create -f -", objects);
  }

  /** One value by its JSON path, as text; empty when it is not there. */
  value(what: string, path: string): Promise<string> {
    return this.run(`get ${what} --ignore-not-found -o jsonpath={${path}}`);
  }
}

const patienceSeconds = 30;

/** Asks again until the answer is right, or says what the last answer was. */
export async function eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (Date.now() > deadline) {
      throw new Error(
        `still wrong after ${patienceSeconds} s: ${JSON.stringify(answer)} (${isRight.toString()})`,
      );
    }
    await sleep(200);
  }
}
