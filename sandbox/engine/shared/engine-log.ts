import { credentials } from "@grpc/grpc-js";
import enginegrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";
import enginepb from "@pulumi/pulumi/proto/engine_pb.js";
import { GRPC_OPTIONS } from "./grpc.ts";

/** Messages to the user, through the CLI. They must not contain secrets, because they are shown and logged. */
export interface EngineLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** What the resource waits for. Shown on its line while the operation runs. */
  status(message: string): void;
}

/** A connection to the engine that writes log lines, for the resource `urn` or ("") for the whole stack. */
export class EngineLogClient {
  private readonly client: InstanceType<typeof enginegrpc.EngineClient>;
  private readonly pending = new Set<Promise<void>>();

  constructor(engineAddress: string) {
    this.client = new enginegrpc.EngineClient(engineAddress, credentials.createInsecure(), GRPC_OPTIONS);
  }

  for(urn: string): EngineLog {
    const { DEBUG, INFO, WARNING, ERROR } = enginepb.LogSeverity;
    return {
      debug: (message) => this.send(urn, DEBUG, message),
      info: (message) => this.send(urn, INFO, message),
      warn: (message) => this.send(urn, WARNING, message),
      error: (message) => this.send(urn, ERROR, message),
      status: (message) => this.send(urn, INFO, message, true),
    };
  }

  private send(urn: string, severity: LogSeverity, message: string, ephemeral = false): void {
    const request = new enginepb.LogRequest();
    request.setUrn(urn);
    request.setSeverity(severity);
    request.setMessage(message);
    request.setEphemeral(ephemeral);
    const sent = new Promise<void>((resolve) => {
      // A lost log line must not fail an operation. If the engine has ended, this process ends too.
      this.client.log(request, () => resolve());
    });
    this.pending.add(sent);
    void sent.then(() => this.pending.delete(sent));
  }

  /** Resolves when all lines have arrived, because lines after the operation's response can be lost. */
  async flush(): Promise<void> {
    await Promise.all(this.pending);
  }

  close(): void {
    this.client.close();
  }
}
