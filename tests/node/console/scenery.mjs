// A site whose names mean harm: with scripts, written from the right, as long as names may be.
import { connect } from "../exam/client.mjs";

const SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>";
const BACKWARDS = "\u202e\u2067考场倒写";
const LONG = "很长的名称".repeat(13);

/** Its rooms should be filmed now, and nobody does. Gives rooms and names. */
export async function meansHarm(address, token) {
  const { sessions } = connect(address, token);
  const { organization } = await sessions.CreateOrganization({ name: SCRIPT, kind: "ORGANIZATION_KIND_ENTERPRISE" });
  const { site } = await sessions.CreateSite({ organization_id: organization.organization_id, name: SCRIPT, region: "370402" });
  const rooms = [];
  for (const name of [SCRIPT, BACKWARDS, LONG]) {
    const { room } = await sessions.CreateRoom({ site_id: site.site_id, name, kind: "ROOM_KIND_THEORY" });
    await sessions.CreateViewpoint({ room_id: room.room_id, name, required: true });
    rooms.push(room.room_id);
  }
  const from = Date.now() - 60_000;
  const exam = { start_us: `${from}000`, end_us: `${from + 600_000}000` };
  await sessions.CreateSession({ site_id: site.site_id, name: BACKWARDS, exam, room_ids: rooms });
  return { rooms, names: [SCRIPT, BACKWARDS, LONG] };
}
