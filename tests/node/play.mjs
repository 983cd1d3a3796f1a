// Plays footage in a real Chromium: each playlist with hls.js, each virtual MP4 in a plain <video>.
//
//   node play.mjs http://127.0.0.1:7800 '[{"name":"room 1","kind":"hls","path":"/hls/…"}]'
//
// Everything is played from its first to its last moment at four times the speed. The last line is JSON:
// what played, how many pictures were shown and dropped, and what went wrong.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [server, wanted] = process.argv.slice(2);
const hls = readFileSync(createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js"), "utf8");
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"];
const awake = ["--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows"];
const args = ["--no-sandbox", "--no-first-run", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", ...quiet, ...awake];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });

// Runs in the page. Its address is one of the server's, so that nothing is a request of another origin.
async function playInPage({ kind, path, patienceMs }) {
  const video = document.querySelector("video");
  const problems = [];
  video.addEventListener("error", () => problems.push(`video: ${video.error?.code} ${video.error?.message}`));
  if (kind === "hls") {
    if (!Hls.isSupported()) throw new Error("hls.js is not supported here");
    const player = new Hls({ maxBufferLength: 30 });
    player.on(Hls.Events.ERROR, (_, data) => {
      // A stall while the first pieces come is no error of the footage; hls.js tells the rest apart.
      if (data.fatal || data.type === Hls.ErrorTypes.MEDIA_ERROR && data.details !== "bufferStalledError") problems.push(`hls.js: ${data.type} ${data.details} ${data.error?.message ?? ""}`);
    });
    player.loadSource(path);
    player.attachMedia(video);
  } else {
    video.src = path;
  }
  video.playbackRate = video.defaultPlaybackRate = 4;
  const until = performance.now() + patienceMs;
  video.play().catch((error) => problems.push(`play: ${error.message}`));
  let furthest = 0;
  while (performance.now() < until && problems.length === 0 && !video.ended) {
    furthest = Math.max(furthest, video.currentTime);
    await new Promise((done) => setTimeout(done, 100));
  }
  if (!video.ended && problems.length === 0) problems.push(`stood at ${video.currentTime} of ${video.duration} s, ready ${video.readyState}`);
  const quality = video.getVideoPlaybackQuality();
  return {
    problems,
    durationS: video.duration,
    playedS: Math.max(furthest, video.currentTime),
    frames: quality.totalVideoFrames,
    dropped: quality.droppedVideoFrames,
    soundBytes: video.webkitAudioDecodedByteCount,
  };
}

async function play(item) {
  const page = await browser.newPage();
  try {
    await page.route(`${server}/test-player`, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><video muted></video>" }));
    await page.goto(`${server}/test-player`);
    await page.addScriptTag({ content: hls });
    return { ...item, ...(await page.evaluate(playInPage, { ...item, patienceMs: 60_000 })) };
  } catch (error) {
    return { ...item, problems: [String(error)] };
  } finally {
    await page.close();
  }
}

const todo = JSON.parse(wanted);
const results = [];
// Three at a time: decoding is the machine's work, waiting is not.
await Promise.all([0, 1, 2].map(async () => {
  for (let item = todo.shift(); item; item = todo.shift()) results.push(await play(item));
}));
await browser.close();
console.log(JSON.stringify(results));
