import pg from "pg";
import { describe, expect, it } from "vitest";
import { playground, urlOf } from "../../../src/cli/demo-playground.js";

const world = (folder: string) => ({ env: { PGSSLROOTCERT: `${folder}/ca.pem` }, address: "127.0.0.1:5999", caFile: `${folder}/ca.pem` });

describe("what a kept demo prints", () => {
  it("names the file where it is not the one of this folder, as in an installed package", () => {
    const commands = (file: string): string[] => playground(world("/tmp/a"), file).match(/^npx pgaccord (plan|apply).*$/gm) ?? [];
    expect(commands("access.yaml")[0]).toBe("npx pgaccord plan --address demo=127.0.0.1:5999");
    expect(commands("node_modules/pgaccord/access.yaml")).toEqual([
      "npx pgaccord plan -f node_modules/pgaccord/access.yaml --address demo=127.0.0.1:5999",
      "npx pgaccord plan --format sql -f node_modules/pgaccord/access.yaml --address demo=127.0.0.1:5999",
      "npx pgaccord apply -f node_modules/pgaccord/access.yaml --address demo=127.0.0.1:5999",
    ]);
  });

  it("quotes for the shell what a temporary folder may be called", () => {
    const text = playground(world("/tmp/it's $HOME"), "my access.yaml");
    expect(text).toContain("\nexport PGSSLROOTCERT='/tmp/it'\\''s $HOME/ca.pem'\n");
    expect(text).toContain("npx pgaccord plan -f 'my access.yaml' --address");
    for (const [line] of text.matchAll(/^PGPASSWORD=.*$/gm)) expect(line.slice(line.indexOf("postgresql:"), -1)).not.toMatch(/[$"'` ]/);
  });

  it("gives addresses that a client reads back", () => {
    const client = new pg.Client({ connectionString: urlOf("127.0.0.1:5999", "", "app_owner").replace("verify-full", "disable") });
    const { host, port, user, database } = client;
    expect({ host, port, user, database }).toEqual({ host: "localhost", port: 5999, user: "access_admin", database: "demo" });
    expect(client).toMatchObject({ connectionParameters: { options: "-c role=app_owner" } });
  });
});
