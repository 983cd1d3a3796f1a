//! A platform: a real HTTP server that does what it is told to, once each, and takes in what comes after that.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;

pub(super) const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What it does with a request.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Answers so, and says nothing.
    Status(u16),
    /// Never answers.
    Hangs,
    /// Takes it in, and signs with another secret.
    SignsWrongly,
    /// Takes it in, and does not sign.
    DoesNotSign,
    /// Talks without end.
    Rambles,
    /// Signs what is no answer.
    Mumbles,
    /// Has it, and says nothing yet.
    Accepts,
    /// Will not have it.
    Refuses(&'static str),
}

/// A document as it came.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Came {
    pub(super) key: String,
    pub(super) body: Bytes,
    pub(super) genuine: bool,
}

#[derive(Clone, Default)]
pub(super) struct Platform {
    pub(super) steps: Arc<Mutex<VecDeque<Step>>>,
    pub(super) came: Arc<Mutex<Vec<Came>>>,
    /// Requests that were led elsewhere.
    pub(super) astray: Arc<Mutex<u32>>,
}

fn mac(secret: &str, parts: [&str; 2], body: &[u8]) -> Hmac<sha2::Sha256> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&STANDARD.decode(secret).unwrap()).unwrap();
    mac.update(format!("{}.{}.", parts[0], parts[1]).as_bytes());
    mac.update(body);
    mac
}

fn signed(secret: &str, (key, at): (&str, &str), status: StatusCode, body: &str) -> Response {
    let signature = STANDARD.encode(mac(secret, [key, at], body.as_bytes()).finalize().into_bytes());
    let headers =
        [("webhook-id", key.to_owned()), ("webhook-timestamp", at.to_owned()), ("webhook-signature", format!("v1,{signature}"))];
    (status, headers, body.to_owned()).into_response()
}

async fn take(State(platform): State<Platform>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let (key, at) = (text("idempotency-key"), text("webhook-timestamp"));
    let signature = STANDARD.decode(text("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
    let genuine = key == text("webhook-id") && mac(SECRET, [&key, &at], &body).verify_slice(&signature).is_ok();
    platform.came.lock().unwrap().push(Came { key: key.clone(), body, genuine });
    let received = json!({ "status": "received", "key": key, "reference": format!("JG-{key}"), "received_on": "2026-11-22" });
    let received = received.to_string();
    let step = platform.steps.lock().unwrap().pop_front();
    match step {
        None => signed(SECRET, (&key, &at), StatusCode::OK, &received),
        Some(Step::Status(status)) => {
            (StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")], "gateway").into_response()
        }
        Some(Step::Hangs) => std::future::pending().await,
        Some(Step::SignsWrongly) => signed(&STANDARD.encode([7; 24]), (&key, &at), StatusCode::OK, &received),
        Some(Step::DoesNotSign) => (StatusCode::OK, received).into_response(),
        Some(Step::Rambles) => signed(SECRET, (&key, &at), StatusCode::OK, &" ".repeat(10_000_000)),
        Some(Step::Mumbles) => signed(SECRET, (&key, &at), StatusCode::OK, "<html>ok</html>"),
        Some(Step::Accepts) => {
            let accepted = json!({ "status": "accepted", "key": key }).to_string();
            signed(SECRET, (&key, &at), StatusCode::ACCEPTED, &accepted)
        }
        Some(Step::Refuses(reason)) => {
            let refused = json!({ "status": "refused", "key": key, "reason": reason }).to_string();
            signed(SECRET, (&key, &at), StatusCode::UNPROCESSABLE_ENTITY, &refused)
        }
    }
}

impl Platform {
    pub(super) fn does(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: Arc::new(Mutex::new(steps.into_iter().collect())), ..Self::default() }
    }

    pub(super) fn app(&self) -> Router {
        let astray = post(|State(platform): State<Self>| async move { *platform.astray.lock().unwrap() += 1 });
        Router::new().route("/v1/sessions", post(take)).route("/elsewhere", astray).with_state(self.clone())
    }

    pub(super) async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/v1/sessions", listener.local_addr().unwrap());
        let app = self.app();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        address
    }

    pub(super) fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }
}

/// Until it is so.
pub(super) async fn until<T>(what: &str, mut asked: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(it) = asked().await {
                return it;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap_or_else(|_| panic!("in time: {what}"))
}
