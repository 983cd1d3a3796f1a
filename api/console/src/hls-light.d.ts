// The light build of hls.js has the same types and ships none.
declare module "hls.js/light" {
  export { default } from "hls.js";
  export * from "hls.js";
}
