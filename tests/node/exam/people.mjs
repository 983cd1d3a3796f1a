// One person of each role that takes part, with an account of their own.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect } from "./client.mjs";

/**
 * Makes the accounts as administrator, and logs each in: with the password that was given, which must be changed. Where
 * two of a role are needed, the name of the other begins with `SECOND_`.
 */
export async function hire(address, administrator, scopes) {
  const logIn = async ([post, scope]) => {
    const role = post.replace(/^SECOND_/, "");
    const account = `exam-${post.toLowerCase().replaceAll("_", "-")}`;
    const made = await administrator.people.CreatePerson({ account, name: `${role} ${post === role ? "甲" : "乙"}`, grants: [{ role: `ROLE_${role}`, scope }] });
    const { login } = await connect(address).people.LogIn({ account, password: made.password });
    assert(login.person.must_change_password, `${account} may keep a password that somebody else knows`);
    const caller = connect(address, login.access_token);
    await assert.rejects(caller.process.ListBatches({ organization_id: scopes.REGISTRAR }), { code: "PERMISSION_DENIED" });
    await caller.people.ChangePassword({ old_password: made.password, new_password: randomBytes(12).toString("base64") });
    const me = await caller.people.GetMe({});
    assert.deepEqual(me.grants.map((grant) => grant.role), [`ROLE_${role}`]);
    return [post, caller];
  };
  const hired = [];
  for (const scope of Object.entries(scopes)) hired.push(await logIn(scope));
  return Object.fromEntries(hired);
}
