//! A webhook against a real HTTP server that fails first, redirects, and is away for a while.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, StatusCode};
use liuhen_api::webhook::{self, Secret, Webhook};
use liuhen_archive::records::{AlarmChange, AlarmKind, AlarmSeverity, AlarmState, Condition};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::world::{World, at};

const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What came, and what is answered to the next requests before all is well.
#[derive(Clone, Default)]
struct Receiver {
    came: Arc<Mutex<Vec<(String, serde_json::Value, bool)>>>,
    answers: Arc<Mutex<Vec<StatusCode>>>,
    /// Requests in all.
    tries: Arc<Mutex<u32>>,
}

async fn take(
    State(receiver): State<Receiver>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    *receiver.tries.lock().unwrap() += 1;
    if let Some(answer) = receiver.answers.lock().unwrap().pop() {
        return (answer, [("location", "/elsewhere")]);
    }
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&STANDARD.decode(SECRET).unwrap()).unwrap();
    mac.update(format!("{}.{}.", text("webhook-id"), text("webhook-timestamp")).as_bytes());
    mac.update(&body);
    let signed = text("webhook-signature").strip_prefix("v1,").map(|signature| STANDARD.decode(signature).unwrap());
    let genuine = mac.verify_slice(&signed.unwrap()).is_ok();
    let body = serde_json::from_slice(&body).unwrap();
    receiver.came.lock().unwrap().push((text("webhook-id"), body, genuine));
    (StatusCode::NO_CONTENT, [("location", "/")])
}

impl Receiver {
    async fn listen(&self) -> (String, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hook", listener.local_addr().unwrap());
        let elsewhere = post(|State(receiver): State<Self>| async move { *receiver.tries.lock().unwrap() += 100 });
        let app = Router::new().route("/hook", post(take)).route("/elsewhere", elsewhere).with_state(self.clone());
        (address, tokio::spawn(async move { axum::serve(listener, app).await.unwrap() }))
    }

    /// So many different messages: one that was taken while its sender stopped may come again, under the same id.
    async fn until(&self, count: usize) -> Vec<(String, serde_json::Value, bool)> {
        let different = || {
            let mut came = self.came.lock().unwrap().clone();
            came.dedup_by(|(again, ..), (id, ..)| again == id);
            came
        };
        let wait = async {
            while different().len() < count {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("the webhook tells in time");
        different()
    }
}

fn webhook(address: &str) -> Webhook {
    let secret = Secret::parse(&format!("whsec_{SECRET}")).unwrap();
    let pauses = Duration::from_millis(10);
    Webhook { first_pause: pauses, longest_pause: pauses * 4, ..Webhook::new(address.parse().unwrap(), secret) }
}

async fn change(world: &World, change: AlarmChange) -> liuhen_archive::records::Alarm {
    let changed = world.archive.records.change_alarms(&world.act(), vec![change]).await.unwrap().remove(0);
    world.archive.live.changed();
    changed
}

fn condition(key: &str) -> Condition {
    Condition {
        key: format!("storage_failed/{key}"),
        kind: AlarmKind::StorageFailed,
        site: None,
        recorder: None,
        since: at(0),
        state: AlarmState { detail: "no space left".into(), ..AlarmState::new(AlarmSeverity::Urgent) },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_signed_tried_again_and_told_in_order_over_restarts() {
    let world = World::new().await;
    let receiver = Receiver::default();
    let (address, _serving) = receiver.listen().await;
    receiver.answers.lock().unwrap().extend([StatusCode::FOUND, StatusCode::INTERNAL_SERVER_ERROR]);
    let alarm = change(&world, AlarmChange::Open(condition("journal"))).await;
    let stop = CancellationToken::new();
    let task = tokio::spawn(webhook::run(webhook(&address), world.archive.clone(), stop.clone()));
    let came = receiver.until(1).await;
    assert_eq!(*receiver.tries.lock().unwrap(), 3, "an error and a redirect are no taking");
    assert_eq!((came[0].0.as_str(), came[0].2), (format!("{}_1", alarm.id).as_str(), true));
    assert_eq!(came[0].1["type"], "alarm.opened");
    assert_eq!((&came[0].1["data"]["kind"], &came[0].1["data"]["severity"]), (&"storage_failed".into(), &"urgent".into()));
    assert!(came[0].1["data"]["chinese"]["what"].as_str().unwrap().contains("no space left"), "{}", came[0].1);

    // While nobody tells, things happen; then another process goes on where this one was.
    stop.cancel();
    task.await.unwrap();
    change(&world, AlarmChange::Open(condition("objects"))).await;
    change(&world, AlarmChange::Close { alarm: alarm.id }).await;
    receiver.answers.lock().unwrap().extend([StatusCode::SERVICE_UNAVAILABLE; 3]);
    let stop = CancellationToken::new();
    let task = tokio::spawn(webhook::run(webhook(&address), world.archive.clone(), stop.clone()));
    let came = receiver.until(3).await;
    let told: Vec<_> = came.iter().map(|(_, body, genuine)| (body["event_number"].as_u64().unwrap(), *genuine)).collect();
    assert_eq!(told, [(1, true), (2, true), (3, true)]);
    assert_eq!(came[2].1["type"], "alarm.closed");
    stop.cancel();
    task.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_is_passed_over_and_a_dead_one_harms_nothing() {
    let world = World::new().await;
    let receiver = Receiver::default();
    let (address, _serving) = receiver.listen().await;
    receiver.answers.lock().unwrap().extend([StatusCode::BAD_REQUEST; 10]);
    change(&world, AlarmChange::Open(condition("journal"))).await;
    change(&world, AlarmChange::Open(condition("objects"))).await;
    let stop = CancellationToken::new();
    let dead = tokio::spawn(webhook::run(webhook("http://127.0.0.1:1/"), world.archive.clone(), stop.clone()));
    let task = tokio::spawn(webhook::run(webhook(&address), world.archive.clone(), stop.clone()));
    let came = receiver.until(1).await;
    assert_eq!(came[0].1["event_number"], 2, "the first was refused ten times");
    stop.cancel();
    task.await.unwrap();
    dead.await.unwrap();
}
