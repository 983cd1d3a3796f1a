//! The api as its callers see it: a real server on loopback, real records in SQLite, real footage that
//! FFmpeg encoded, and FFmpeg again to judge what comes out. Time is ours.

#[path = "api/access.rs"]
mod access;
#[path = "api/alarm.rs"]
mod alarm;
#[path = "api/console.rs"]
mod console;
#[path = "api/duty.rs"]
mod duty;
#[path = "api/film.rs"]
mod film;
#[path = "api/http.rs"]
mod http;
#[path = "api/identity.rs"]
mod identity;
#[path = "api/imported.rs"]
mod imported;
#[path = "api/judged.rs"]
mod judged;
#[path = "api/log.rs"]
mod log;
#[path = "api/logins.rs"]
mod logins;
#[path = "api/looks.rs"]
mod looks;
#[path = "api/machines.rs"]
mod machines;
#[path = "api/masked.rs"]
mod masked;
#[path = "api/misuse.rs"]
mod misuse;
#[path = "api/neighbours.rs"]
mod neighbours;
#[path = "api/people.rs"]
mod people;
#[path = "api/permissions.rs"]
mod permissions;
#[path = "api/playback.rs"]
mod playback;
#[path = "api/process.rs"]
mod process;
#[path = "api/review.rs"]
mod review;
#[path = "api/session.rs"]
mod session;
#[path = "api/watched.rs"]
mod watched;
#[path = "api/web.rs"]
mod web;
#[path = "api/webhook.rs"]
mod webhook;
#[path = "api/world.rs"]
mod world;
