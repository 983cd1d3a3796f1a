// Being let in as a page: by cookies that no script reads, and by what is shown with each change (docs/ref/login.md).
//
// In: account and password, once. Out: what goes with each call. Always: nothing of it is kept outside of this page's memory;
// of several tabs one renews, and the others hear of it, since a refresh token that is used twice ends the login. Not here:
// who the person is (`calls`).
import { moment, toMillis } from "../core/moment";
import { Refused } from "./refused";

interface Let {
  readonly csrf: string;
  readonly accessUntilMs: number;
}

/** An access token holds for a quarter of an hour. */
const BEFORE_END_MS = 60_000;
/** A server that cannot be reached is asked again after so long. */
const LATER_MS = 10_000;
/** So long one waits for another tab to say that it is let in. */
const HEARD_MS = 150;

let current: Let | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let ended: () => void = () => undefined;
const tabs = new BroadcastChannel("liuhen-login");

/** What every call shows. */
export const csrf = (): string => current?.csrf ?? "";

/** Told when the login ends without anybody having asked for it. */
export function whenEnded(tell: () => void): void {
  ended = tell;
}

tabs.onmessage = ({ data }: MessageEvent<unknown>) => {
  if (data === "who") return current && tabs.postMessage(current);
  if (data === "out") return drop();
  if (isLet(data)) keep(data);
};

const isLet = (data: unknown): data is Let =>
  typeof data === "object" && data !== null && "csrf" in data && typeof data.csrf === "string"
  && "accessUntilMs" in data && typeof data.accessUntilMs === "number";

function keep(now: Let): void {
  current = now;
  clearTimeout(timer);
  timer = setTimeout(() => void again(), Math.max(1000, now.accessUntilMs - Date.now() - BEFORE_END_MS));
}

function drop(): void {
  const was = current;
  current = undefined;
  clearTimeout(timer);
  if (was) ended();
}

async function post(path: string, body?: object): Promise<Response> {
  const headers = { "x-liuhen-csrf": csrf() || "1", "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", credentials: "same-origin", headers, body: body ? JSON.stringify(body) : null })
    .catch(() => { throw new Refused("offline", "", ""); });
  if (answer.ok) return answer;
  const said = (await answer.json().catch(() => ({}))) as Partial<Record<"code" | "message" | "message_zh", string>>;
  throw new Refused(said.code ?? String(answer.status), said.message ?? "", said.message_zh ?? "");
}

async function takeIn(answer: Response): Promise<void> {
  const said = (await answer.json()) as { csrf: string; access_until_us: number };
  const now = { csrf: said.csrf, accessUntilMs: toMillis(moment(said.access_until_us)) };
  keep(now);
  tabs.postMessage(now);
}

/** One tab at a time. Where the browser has no locks (not encrypted, not this machine), the tabs may meet. */
async function alone<T>(act: () => Promise<T>): Promise<T> {
  return navigator.locks ? await navigator.locks.request("liuhen-login", act) : await act();
}

/** Whether another tab says within a moment that it is let in. */
async function heard(): Promise<boolean> {
  tabs.postMessage("who");
  await new Promise((done) => setTimeout(done, HEARD_MS));
  return current !== undefined;
}

/** Goes on with the login of the cookies, after a reload. Gives whether there is one. */
export function resume(): Promise<boolean> {
  return alone(async () => {
    if (await heard()) return true;
    try {
      await takeIn(await post("/v1/renew"));
      return true;
    } catch (error) {
      if (error instanceof Refused && error.code === "unauthenticated") return false;
      throw error;
    }
  });
}

/** Where another tab has renewed while this one waited, nothing is left to do. */
function renew(): Promise<void> {
  const before = current;
  return alone(async () => {
    if (current === before) await takeIn(await post("/v1/renew"));
  });
}

/** Renews the login; gives whether it goes on. It ends only where the server says so, not for a line that is down. */
export async function again(): Promise<boolean> {
  try {
    await renew();
    return true;
  } catch (error) {
    if (error instanceof Refused && error.code === "unauthenticated") drop();
    else timer = setTimeout(() => void again(), LATER_MS);
    return false;
  }
}

export async function signIn(account: string, password: string): Promise<void> {
  await alone(async () => takeIn(await post("/v1/login", { account, password })));
}

export async function signOut(): Promise<void> {
  await post("/v1/logout").catch(() => undefined);
  tabs.postMessage("out");
  drop();
}
