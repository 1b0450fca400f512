import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetRoleCommand,
  type IAMClient,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { doors, iamOf } from "../support/holdings.js";
import { usualMajor } from "../support/majors.js";
import { createScene, effectsOf, leftAlone, type Scene } from "../support/scene.js";

const ACCESS = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8");
const EC2 = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }],
});

/** The file without the lines that hold a word, and without those that belong to them. */
const without = (text: string, from: RegExp, lines: number): string => {
  const all = text.split("\n");
  const at = all.findIndex((line) => from.test(line));
  return [...all.slice(0, at), ...all.slice(at + lines)].join("\n");
};

describe.each(usualMajor)("removal on PostgreSQL %i", (major) => {
  let world: DemoWorld;
  let scene: Scene;
  let iam: IAMClient;
  const roleExists = async (name: string): Promise<boolean> =>
    ((await world.postgres.sql(`SELECT FROM pg_roles WHERE rolname = '${name}'`)).rowCount ?? 0) > 0;
  const gone = (call: Promise<unknown>): Promise<boolean> =>
    call.then(
      () => false,
      (error: Error) => error.name.startsWith("NoSuchEntity"),
    );
  beforeAll(async () => {
    world = await startDemoWorld({ major });
    scene = createScene({ env: world.env, address: `demo=${world.address}` });
    iam = iamOf(world.aws);
    // Things of somebody else, with names like ours.
    await world.postgres.sql(
      "CREATE ROLE oltp_old LOGIN; COMMENT ON ROLE oltp_old IS 'by hand'; GRANT USAGE ON SCHEMA pgdemo TO oltp_old",
      "demo",
    );
    await iam.send(new CreateRoleCommand({ RoleName: "pgdemo-foreign", AssumeRolePolicyDocument: EC2 }));
    const document = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "rds-db:connect", Resource: "arn:aws:rds-db:us-east-2:111122223333:dbuser:*/oltp_old" }],
    });
    const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: "pgdemo-foreign-policy", PolicyDocument: document }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: "pgdemo-foreign", PolicyArn: Policy?.Arn }));
    scene.write(ACCESS);
    expect((await scene.apply()).status).toBe("applied");
  });
  afterAll(async () => {
    scene?.remove();
    await world?.stop();
  });

  it("a user that expired yesterday is gone on both sides of its door; one that ends today, or in six days, is there", async () => {
    const ending = (user: string, day: string) => (text: string) =>
      text.replace(new RegExp(`^( {2}${user}: \\{)`, "m"), `$1 expires: ${day},`);
    scene.write(ending("oltp_rw_user", "2026-12-01")(ending("oltp_ro_user", "2026-11-30")(ACCESS)));
    const plan = await scene.plan();
    expect(effectsOf(plan)).toContain("oltp_ro_user loses login to cluster demo");
    expect(plan.problems.map(({ code }) => code)).toEqual(expect.arrayContaining(["expired", "expires-soon"]));
    expect((await scene.apply()).status).toBe("applied");
    expect(await roleExists("oltp_ro_user")).toBe(false);
    expect(await roleExists("oltp_rw_user")).toBe(true);
    expect(await gone(iam.send(new GetPolicyCommand({ PolicyArn: "arn:aws:iam::111122223333:policy/pgdemo-oltp-ro-user-policy" })))).toBe(
      true,
    );
    expect((await scene.plan()).changes).toEqual([]);
    scene.write(ending("oltp_rw_user", "2026-12-07")(ACCESS));
    expect((await scene.plan()).problems.map(({ code }) => code)).toContain("expires-soon");
    expect((await scene.apply()).status).toBe("applied");
  });

  it("taking a user out drops the user and its ARN", async () => {
    const file = without(without(ACCESS, /^ {2}oltp_ro_user:/, 1), /^ {2}pgdemo-oltp-ro-role:/, 6);
    scene.write(file);
    const plan = await scene.plan();
    expect(effectsOf(plan)).toContain("oltp_ro_user loses login to cluster demo");
    expect((await scene.apply()).status).toBe("applied");
    expect((await scene.plan()).changes).toEqual([]);
    expect(await roleExists("oltp_ro_user")).toBe(false);
    expect([...(await doors(world.aws))].filter((d) => d.includes("oltp_ro_user"))).toEqual([]);
  });

  it("taking an IAM role out deletes role, policy and profile", async () => {
    expect(await gone(iam.send(new GetRoleCommand({ RoleName: "pgdemo-oltp-ro-role" })))).toBe(true);
    expect(await gone(iam.send(new GetPolicyCommand({ PolicyArn: "arn:aws:iam::111122223333:policy/pgdemo-oltp-ro-user-policy" })))).toBe(
      true,
    );
    expect(await gone(iam.send(new GetInstanceProfileCommand({ InstanceProfileName: "pgdemo-db-report-profile" })))).toBe(true);
    expect(await gone(iam.send(new GetRoleCommand({ RoleName: "pgdemo-oltp-rw-role" })))).toBe(false);
  });

  it("one user of a policy with two leaves only its ARN", async () => {
    scene.write(
      ACCESS.replace(
        "connect: [{ user: oltp_rw_user, clusters: [demo] }]",
        "connect: [{ user: oltp_rw_user, clusters: [demo] }, { user: pgmonitor, any_cluster: true }]",
      ),
    );
    expect((await scene.apply()).status).toBe("applied");
    expect([...(await doors(world.aws))].filter((d) => d.startsWith("pgdemo-oltp-rw-role may rds"))).toHaveLength(2);
    scene.write(ACCESS);
    expect(effectsOf(await scene.plan())).toEqual([
      "IAM policy pgdemo-oltp-rw-user-policy loses rds-db:connect as user pgmonitor of every cluster in us-east-2",
    ]);
    expect((await scene.apply()).status).toBe("applied");
    expect([...(await doors(world.aws))].filter((d) => d.startsWith("pgdemo-oltp-rw-role may rds"))).toHaveLength(1);
  });

  it("a renamed policy and profile leave nothing behind", async () => {
    scene.write(
      ACCESS.replace("policy: pgdemo-oltp-rw-user-policy", "policy: renamed-policy").replace(
        "name: pgdemo-db-access-profile",
        "name: renamed-profile",
      ),
    );
    const plan = await scene.plan();
    // The new policy is attached before the old one is detached: nobody is ever without the door.
    const calls = plan.steps.flatMap((step) => ("action" in step.run ? [step.run.action] : []));
    expect(calls.indexOf("AttachRolePolicy")).toBeLessThan(calls.indexOf("DetachRolePolicy"));
    expect(plan.gaps).toEqual([]);
    expect((await scene.apply()).status).toBe("applied");
    expect((await scene.plan()).changes).toEqual([]);
    expect(await gone(iam.send(new GetPolicyCommand({ PolicyArn: "arn:aws:iam::111122223333:policy/pgdemo-oltp-rw-user-policy" })))).toBe(
      true,
    );
    expect(await gone(iam.send(new GetInstanceProfileCommand({ InstanceProfileName: "pgdemo-db-access-profile" })))).toBe(true);
    scene.write(ACCESS);
    expect((await scene.apply()).status).toBe("applied");
  });

  it("an IAM role with a foreign inline policy is not deleted: an error before anything is changed", async () => {
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: "pgdemo-oltp-ro-role",
        PolicyName: "inline",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:Get*", Resource: "*" }] }),
      }),
    );
    scene.write(without(ACCESS, /^ {2}pgdemo-oltp-ro-role:/, 6));
    const before = await doors(world.aws);
    const result = await scene.cli("apply", "--yes");
    expect(result.code).toBe(1);
    expect(result.out).toContain(
      "IAM role pgdemo-oltp-ro-role cannot be deleted: things that pgaccord did not make hang on it: inline policy inline. [iam-role-in-use]",
    );
    expect(await doors(world.aws)).toEqual(before);
    scene.write(ACCESS);
  });

  it("an inline policy that opens every door is said, though nothing changes", async () => {
    const document = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "rds-db:*", Resource: "*" }] };
    const name = { RoleName: "pgdemo-oltp-ro-role", PolicyName: "inline" };
    await iam.send(new PutRolePolicyCommand({ ...name, PolicyDocument: JSON.stringify(document) }));
    const { changes, problems } = await scene.plan();
    expect(changes).toEqual([]);
    expect(problems.filter((p) => p.code === "leak").map((p) => p.message)).toEqual([
      expect.stringMatching(
        /^IAM role pgdemo-oltp-ro-role of account db can log in as .*oltp_rw_user of cluster demo.* by inline policy inline \(statement 1\): /,
      ),
    ]);
  });

  it("a group's statement is said of the group and who is in it; safety.accept_leaks takes it off the plan", async () => {
    const document = { Version: "2012-10-17", Statement: [{ Sid: "Everywhere", Effect: "Allow", NotAction: "iam:*", Resource: "*" }] };
    await iam.send(new CreateGroupCommand({ GroupName: "dba" }));
    await iam.send(new PutGroupPolicyCommand({ GroupName: "dba", PolicyName: "all", PolicyDocument: JSON.stringify(document) }));
    await iam.send(new CreateUserCommand({ UserName: "mallory" }));
    await iam.send(new AddUserToGroupCommand({ GroupName: "dba", UserName: "mallory" }));
    const said = async (): Promise<string[]> =>
      (await scene.plan()).problems.flatMap(({ code, message }) => (code === "leak" && /dba|mallory/.test(message) ? [message] : []));
    expect(await said()).toEqual([
      expect.stringMatching(/^IAM group dba \(mallory\) of account db can log in as .* by inline policy all \(statement Everywhere\): /),
    ]);
    scene.write(`${ACCESS}safety: { accept_leaks: [{ principal: "arn:aws:iam::*:group/db?", reason: break glass }] }\n`);
    expect(await said()).toEqual([]);
    scene.write(ACCESS);
  });

  it("a role that owns something is not dropped: an error that says what and where", async () => {
    await world.postgres.sql("CREATE DATABASE elsewhere");
    await world.postgres.sql(
      "CREATE TABLE owned (id integer); ALTER TABLE owned OWNER TO oltp_rw_user; CREATE TABLE granted (id integer); GRANT SELECT ON granted TO oltp_rw_user",
      "elsewhere",
    );
    scene.write(
      without(ACCESS, /^ {2}oltp_rw_user:/, 1).replace(
        "connect: [{ user: oltp_rw_user, clusters: [demo] }]",
        "connect: [{ user: oltp_ro_user, clusters: [demo] }]",
      ),
    );
    const result = await scene.cli("apply", "--yes");
    expect(result.code).toBe(1);
    expect(result.out).toMatch(
      /oltp_rw_user cannot be dropped from cluster demo: it has 1 privileges \(pg_class\) in database elsewhere, [12] owned objects \(pg_class\) in database elsewhere/,
    );
    expect(await roleExists("oltp_rw_user")).toBe(true);
    await world.postgres.sql("DROP TABLE owned; DROP TABLE granted", "elsewhere");
    scene.write(ACCESS);
    expect((await scene.plan()).changes).toEqual([]);
  });

  it("all of it out: nothing of ours is left, all of the others' is", async () => {
    const end = ACCESS.indexOf("roles:");
    scene.write(ACCESS.slice(0, end));
    expect((await scene.cli("apply", "--yes")).code).toBe(1);
    // The inline policy is foreign and was refused; its owner takes it away.
    const { DeleteRolePolicyCommand } = await import("@aws-sdk/client-iam");
    await iam.send(new DeleteRolePolicyCommand({ RoleName: "pgdemo-oltp-ro-role", PolicyName: "inline" }));
    const refused = await scene.cli("apply", "--yes");
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining("[mass-delete]")]);
    expect(await roleExists("oltp_ro_role")).toBe(true);
    const result = await scene.cli("apply", "--yes", "--allow", "mass-delete", "--allow", "mass-revoke");
    expect(result).toMatchObject({ code: 0 });
    for (const name of ["oltp_ro_role", "oltp_rw_role", "oltp_ro_user", "oltp_rw_user", "pgmonitor"])
      expect(await roleExists(name)).toBe(false);
    expect([...(await doors(world.aws))].sort()).toEqual([
      "pgdemo-foreign may rds-db:connect arn:aws:rds-db:us-east-2:111122223333:dbuser:*/oltp_old",
      '{"Service":"ec2.amazonaws.com"} may assume pgdemo-foreign',
    ]);
    expect(await roleExists("oltp_old")).toBe(true);
    const plan = await scene.plan();
    expect(plan.changes).toEqual([]);
    expect(leftAlone(plan)).toEqual([
      "role oltp_old of cluster demo holds usage on schema pgdemo; it is not in the file",
      "IAM policy pgdemo-foreign-policy of account db allows rds-db:connect as user oltp_old of every cluster in us-east-2; it is not in the file",
    ]);
  });
});
