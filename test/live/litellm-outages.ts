// Keys and budgets while a gateway dies, restarts, or has no database.
import { expect } from "chai";
import { ask, manage } from "./litellm-calls.ts";
import type { GatewayStack, LiteLlmServer } from "./litellm-server.ts";
import { eventually } from "./node.ts";

export function survivesOutages(
  stack: () => GatewayStack,
  start: () => Promise<LiteLlmServer>,
  keys: { readonly plenty: string; readonly spent: string },
): void {
  describe("with a part away", () => {
    let server: LiteLlmServer;
    before(async () => {
      server = await start();
    });

    it("are there after a restart, with what they have spent", async () => {
      await server.kill();
      server = await start();
      expect((await ask(server, keys.plenty)).status).to.equal(200);
      expect((await ask(server, keys.spent)).status).to.equal(422);
    });

    it("are refused without the database unless the gateway knows them, and work by themselves when it is back", async () => {
      const unseen = "sk-key-not-seen-yet-1";
      expect(await manage(server, "/key/generate", { key: unseen, models: ["echo"] })).to.equal(200);
      const other = await start();
      // A gateway remembers a key for a minute.
      expect((await ask(server, keys.plenty)).status).to.equal(200);
      stack().stopDatabase();
      try {
        expect((await ask(server, keys.plenty)).status).to.equal(200);
        const refused = await ask(other, unseen);
        expect(refused.status, refused.text).to.equal(503);
        expect(refused.text).to.contain("no_db_connection");
        expect(await manage(server, "/key/generate", {})).to.be.within(500, 503);
        await eventually(async () =>
          (await fetch(`${other.url}/health/readiness`)).status === 503 ? true : undefined,
        );
      } finally {
        stack().startDatabase();
      }
      await eventually(async () =>
        (await fetch(`${other.url}/health/readiness`)).ok && (await ask(other, unseen)).status === 200
          ? true
          : undefined,
      );
    });
  });
}
