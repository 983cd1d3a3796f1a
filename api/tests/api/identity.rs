//! People whom an outside provider vouches for: through the public seam, by tokens that are really signed.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use liuhen_api::auth::identity::{IdentityVerifier, NotVerified, VerifiedIdentity};
use liuhen_archive::records::Role;
use liuhen_proto::signing::{PublicKey, Signature, SigningKey};
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::wire::review::v1 as review;
use liuhen_proto::world::{Clock as _, SeededRandom};
use liuhen_proto::{Sha256, Span, Timestamp};
use serde_json::{Value, json};
use tonic::{Code, Status};

use crate::people::{Someone, anybody, end_of, logged_in, made, operator, session_of, who_am_i};
use crate::world::{Told, World, at};

const ISSUER: &str = "https://login.example.cn";
const US: &str = "liuhen";
const SUBJECT: &str = "370402-0017";

/// As many libraries read it: the last character of a signature has bits that nobody looks at.
const LAX: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true).with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Takes compact tokens (RFC 7515) that are signed by one Ed25519 key (RFC 8037), and nothing else.
#[derive(Debug)]
struct Compact(PublicKey);

#[async_trait]
impl IdentityVerifier for Compact {
    fn issuer(&self) -> &str {
        ISSUER
    }

    async fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedIdentity, NotVerified> {
        const BAD: NotVerified = NotVerified::Refused("not of this form, or not signed by the key");
        if token == "the provider is away" {
            return Err(NotVerified::Unavailable("its keys cannot be had".to_owned()));
        }
        let json = |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
        let (said, signature) = token.rsplit_once('.').ok_or(BAD)?;
        let (head, claims) = said.split_once('.').ok_or(BAD)?;
        let signature = LAX.decode(signature).map_err(|_| BAD)?;
        let signature = Signature::try_from(signature.as_slice()).map_err(|_| BAD)?;
        let (head, claims) = json(head).zip(json(claims)).ok_or(BAD)?;
        if head["alg"] != "EdDSA" || !self.0.verifies(said.as_bytes(), &signature) {
            return Err(BAD);
        }
        let until = Timestamp::from_micros(claims["exp"].as_i64().ok_or(BAD)? * 1_000_000);
        let text = |claim: &str| claims[claim].as_str().map(str::to_owned).ok_or(BAD);
        if text("aud")? != US || until <= now {
            return Err(NotVerified::Refused("it is for somebody else, or over"));
        }
        Ok(VerifiedIdentity { issuer: text("iss")?, subject: text("sub")?, until, signed: Sha256::of(said.as_bytes()) })
    }
}

/// A provider, and a server that believes it.
pub(crate) struct Provider {
    key: SigningKey,
    serial: std::cell::Cell<u32>,
}

impl Provider {
    pub(crate) async fn with_world() -> (Self, World) {
        let key = SigningKey::generate(&SeededRandom::new(77));
        let identities: Arc<dyn IdentityVerifier> = Arc::new(Compact(key.public()));
        let world = World::start(Told { identities: Some(identities), ..Told::default() }).await;
        (Self { key, serial: Default::default() }, world)
    }

    fn claims(&self, world: &World, subject: &str) -> Value {
        self.serial.set(self.serial.get() + 1);
        let until = world.clock.now().after(Span::from_secs(300)).as_micros() / 1_000_000;
        json!({ "iss": ISSUER, "sub": subject, "aud": US, "exp": until, "jti": self.serial.get().to_string() })
    }

    fn token(&self, world: &World, subject: &str) -> String {
        signed(&self.key, &json!({ "alg": "EdDSA", "typ": "JWT" }), &self.claims(world, subject))
    }
}

fn signed(key: &SigningKey, head: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let said = format!("{}.{}", part(head), part(claims));
    let signature = key.sign(said.as_bytes());
    format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature.as_bytes()))
}

async fn log_in(world: &World, token: &str) -> Result<pb::Login, Status> {
    let request = pb::LogInWithIdentityRequest { token: token.to_owned() };
    Ok(anybody(world).await.log_in_with_identity(request).await?.into_inner().login.unwrap())
}

fn link(person_id: &str, subject: &str) -> pb::LinkIdentityRequest {
    pb::LinkIdentityRequest { person_id: person_id.to_owned(), issuer: ISSUER.to_owned(), subject: subject.to_owned() }
}

async fn linked(world: &World, person_id: &str, subject: &str) -> pb::Identity {
    operator(world).await.link_identity(link(person_id, subject)).await.unwrap().into_inner().identity.unwrap()
}

fn unlink(id: &str) -> pb::UnlinkIdentityRequest {
    pb::UnlinkIdentityRequest { identity_id: id.to_owned(), reason: "left".to_owned() }
}

fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> Code {
    answer.unwrap_err().code()
}

#[tokio::test]
async fn whom_a_provider_vouches_for_is_let_in_as_the_person_that_they_are_here() {
    let (provider, world) = Provider::with_world().await;
    let site = world.site().await;
    let (person, ..) = made(&world, Role::Inspector, &site.site.site_id).await;
    let identity = linked(&world, &person, SUBJECT).await;
    assert_eq!((identity.subject.as_str(), identity.issuer.as_str(), &identity.person_id), ("37***17", ISSUER, &person));
    let login = log_in(&world, &provider.token(&world, SUBJECT)).await.unwrap();
    let me = who_am_i(&world, &login.access_token).await.unwrap();
    assert_eq!((me.person.unwrap().id, me.grants[0].role()), (person.clone(), pb::Role::Inspector));
    // The first password, which somebody else knows, plays no part in it.
    let someone =
        Someone { id: person.clone(), account: String::new(), access: login.access_token, refresh: login.refresh_token.clone() };
    let get = liuhen_proto::wire::session::v1::GetSiteRequest { site_id: site.site.site_id };
    someone.sessions(&world).await.get_site(get).await.unwrap();
    let refresh = pb::RefreshRequest { refresh_token: login.refresh_token };
    anybody(&world).await.refresh(refresh).await.unwrap();

    let entries = world.archive.records.entries(0, Some(&person), 100).await.unwrap();
    let said: String = entries.iter().map(|entry| String::from_utf8_lossy(&entry.envelope)).collect();
    assert!(said.contains(r#""kind":"identity""#) && said.contains(&format!(r#""identity":"{}""#, identity.id)), "{said}");
    assert!(!said.contains("0017") && !said.contains("example.cn"), "who they are elsewhere stands in bodies only");
    let report = liuhen_archive::fsck(&world.archive, &mut |_| {}).await.unwrap();
    assert!(report.sound && report.findings.is_empty(), "{report:?}");
}

#[tokio::test]
async fn who_is_not_let_in_learns_nothing_by_it() {
    let (provider, world) = Provider::with_world().await;
    let (person, ..) = made(&world, Role::Inspector, "everything").await;
    let (suspended, ..) = made(&world, Role::Inspector, "everything").await;
    let (unlinked, ..) = made(&world, Role::Inspector, "everything").await;
    linked(&world, &person, SUBJECT).await;
    linked(&world, &suspended, "suspended").await;
    let request = pb::SetSuspendedRequest { person_id: suspended, suspended: true, reason: "left".to_owned() };
    operator(&world).await.set_suspended(request).await.unwrap();
    let gone = linked(&world, &unlinked, "unlinked").await.id;
    operator(&world).await.unlink_identity(unlink(&gone)).await.unwrap();

    let head = json!({ "alg": "EdDSA", "typ": "JWT" });
    let with = |claim: &str, value: Value| {
        let mut claims = provider.claims(&world, SUBJECT);
        claims[claim] = value;
        signed(&provider.key, &head, &claims)
    };
    let (once, sound) = (provider.token(&world, SUBJECT), provider.token(&world, SUBJECT));
    log_in(&world, &once).await.unwrap();
    // 512 bits of a signature in 86 characters leave four over: B for A is the same signature.
    let respelt = format!("{}{}", &once[..once.len() - 1], char::from(once.as_bytes()[once.len() - 1] + 1));
    assert!(Compact(provider.key.public()).verify(&respelt, world.clock.now()).await.is_ok(), "it is signed all the same");
    let other = SigningKey::generate(&SeededRandom::new(78));
    let (said, signature) = sound.rsplit_once('.').unwrap();
    let refused = [
        ("of nobody", provider.token(&world, "370402-0018")),
        ("suspended", provider.token(&world, "suspended")),
        ("unlinked", provider.token(&world, "unlinked")),
        ("shown before", once),
        ("shown before, and spelt otherwise", respelt),
        ("of another key", signed(&other, &head, &provider.claims(&world, SUBJECT))),
        ("of no algorithm", signed(&provider.key, &json!({ "alg": "none" }), &provider.claims(&world, SUBJECT))),
        ("without signature", format!("{said}.")),
        ("of another issuer", with("iss", "https://login.example.com".into())),
        ("for somebody else", with("aud", "another".into())),
        ("over", with("exp", (at(-1).as_micros() / 1_000_000).into())),
        ("of no subject", with("sub", Value::Null)),
        ("empty", String::new()),
        ("rubbish", "a.b.c".to_owned()),
        ("Chinese", "令牌".to_owned()),
        ("huge", "x".repeat(100_000)),
        ("altered", format!("{said}A.{signature}")),
    ];
    let expected = log_in(&world, "rubbish").await.unwrap_err();
    let password = crate::people::log_in(&world, "nobody", "wrong horse battery").await.unwrap_err();
    assert_eq!((expected.message(), expected.code()), (password.message(), Code::Unauthenticated));
    for (what, token) in refused {
        let answer = log_in(&world, &token).await.unwrap_err();
        let same = (answer.code(), answer.message(), answer.details());
        assert_eq!(same, (expected.code(), expected.message(), expected.details()), "{what}");
    }
    // All of them are told in the log; the one that was in order all the time still lets in.
    let noted = world.archive.records.refusals(100).await.unwrap();
    assert!(noted.iter().any(|refusal| refusal.what.whose.as_deref() == Some(person.as_str())), "{noted:?}");
    log_in(&world, &sound).await.unwrap();
    assert_eq!(code(log_in(&world, "the provider is away").await), Code::Unavailable);
}

#[tokio::test]
async fn where_no_provider_is_configured_nobody_is_let_in_by_one() {
    let world = World::new().await;
    for token in ["", "a.b.c"] {
        let refused = log_in(&world, token).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(refused.message().contains("no provider is configured"), "{refused}");
    }
}

#[tokio::test]
async fn too_many_tries_wait() {
    let (provider, world) = Provider::with_world().await;
    let (person, ..) = made(&world, Role::Inspector, "everything").await;
    linked(&world, &person, SUBJECT).await;
    for _ in 0..5 {
        assert_eq!(code(log_in(&world, "a.b.c").await), Code::Unauthenticated);
    }
    assert_eq!(code(log_in(&world, "a.b.c").await), Code::ResourceExhausted, "the same again and again");
    for n in 0..95 {
        assert_eq!(code(log_in(&world, &format!("{n}.b.c")).await), Code::Unauthenticated);
    }
    let sound = provider.token(&world, SUBJECT);
    assert_eq!(code(log_in(&world, &sound).await), Code::ResourceExhausted, "from one network");
    world.clock.advance(Span::from_secs(1));
    log_in(&world, &sound).await.unwrap();
}

#[tokio::test]
async fn what_goes_on_by_an_identity_ends_when_it_is_unlinked() {
    let (provider, world) = Provider::with_world().await;
    let site = world.site().await;
    let session_id = session_of(&world, &site).await;
    let someone = logged_in(&world, Role::Inspector, &site.site.site_id).await;
    let identity = linked(&world, &someone.id, SUBJECT).await;
    let login = log_in(&world, &provider.token(&world, SUBJECT)).await.unwrap();
    let by_it = Someone { access: login.access_token, refresh: login.refresh_token, ..someone };
    let mut reading = by_it.review(&world).await;
    let mut watched = reading.watch_coverage(review::WatchCoverageRequest { session_id }).await.unwrap().into_inner();
    watched.message().await.unwrap().unwrap();
    operator(&world).await.unlink_identity(unlink(&identity.id)).await.unwrap();
    assert_eq!(end_of(watched).await, Code::Unauthenticated);
    assert_eq!(code(who_am_i(&world, &by_it.access).await), Code::Unauthenticated);
    let refresh = pb::RefreshRequest { refresh_token: by_it.refresh };
    assert_eq!(code(anybody(&world).await.refresh(refresh).await), Code::Unauthenticated);
    // Who has a password still comes in by that.
    assert!(who_am_i(&world, &someone.access).await.is_ok());
    let again = operator(&world).await.unlink_identity(unlink(&identity.id)).await.unwrap().into_inner();
    assert!(again.identity.unwrap().unlinked_us.is_some());
}

#[tokio::test]
async fn only_those_who_look_after_somebody_link_them() {
    let (_, world) = Provider::with_world().await;
    let (ours, theirs) = (world.site().await, world.site().await);
    let manager = logged_in(&world, Role::Administrator, &ours.site.site_id).await;
    let mut people = manager.people(&world).await;
    let (own, ..) = made(&world, Role::Inspector, &ours.site.site_id).await;
    let (foreign, ..) = made(&world, Role::Inspector, &theirs.site.site_id).await;
    let identity = people.link_identity(link(&own, SUBJECT)).await.unwrap().into_inner().identity.unwrap();
    let repeated = people.link_identity(link(&own, SUBJECT)).await.unwrap().into_inner().identity.unwrap();
    assert_eq!(repeated.id, identity.id);
    let of = |person: &str| pb::ListIdentitiesRequest { person_id: person.to_owned() };
    let listed = people.list_identities(of(&own)).await.unwrap().into_inner().identities;
    assert_eq!(listed, std::slice::from_ref(&identity));

    // What is out of reach is answered like what is not there.
    let hidden = linked(&world, &foreign, "somebody-else").await.id;
    let nobody = liuhen_proto::ids::PersonId::mint(at(0), &*world.archive.random).to_string();
    let none = liuhen_proto::ids::IdentityId::mint(at(0), &*world.archive.random).to_string();
    for person in [&foreign, &nobody] {
        for refused in [
            people.link_identity(link(person, "x")).await.map(drop).unwrap_err(),
            people.list_identities(of(person)).await.map(drop).unwrap_err(),
        ] {
            let message = format!("{person} does not exist");
            assert_eq!((refused.code(), refused.message()), (Code::NotFound, message.as_str()));
        }
    }
    for id in [&hidden, &none] {
        let refused = people.unlink_identity(unlink(id)).await.unwrap_err();
        assert_eq!((refused.code(), refused.message()), (Code::NotFound, format!("{id} does not exist").as_str()));
    }
    // Whose an identity is already is not told; nobody links themselves; what no provider writes is no subject.
    let taken = people.link_identity(link(&own, "somebody-else")).await.unwrap_err();
    assert_eq!((taken.code(), taken.message().contains("per_")), (Code::AlreadyExists, false), "{taken}");
    assert_eq!(code(people.link_identity(link(&manager.id, "own")).await), Code::PermissionDenied);
    for absurd in ["", "a b", "工号", &"x".repeat(256)] {
        assert_eq!(code(people.link_identity(link(&own, absurd)).await), Code::InvalidArgument);
    }
    assert_eq!(
        code(people.unlink_identity(pb::UnlinkIdentityRequest { reason: String::new(), ..unlink(&identity.id) }).await),
        Code::InvalidArgument
    );
    people.unlink_identity(unlink(&identity.id)).await.unwrap();
    assert!(people.list_identities(of(&own)).await.unwrap().into_inner().identities[0].unlinked_us.is_some());
}
