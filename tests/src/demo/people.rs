//! One person for each role: made by the first administrator, let in, and each held to what the role may do.
//!
//! In: a site that was declared. Out: who they are, and connections of theirs. Always: passwords are made by the server
//! and changed by the person; what each may do is tried, and compared with what the guidelines' roles are for, as it
//! stands here.

use anyhow::{Context as _, Result, ensure};
use liuhen_proto::wire::people::v1::people_service_client::PeopleServiceClient;
use liuhen_proto::wire::people::v1::{self as people, Role};
use tonic::Code;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};

use super::summary::PersonSummary;
use crate::world::{Bearer, Centre, Site};

/// Role, name, where it holds, and whether it sees footage.
const ROLES: &[(Role, &str, Where, bool)] = &[
    (Role::SiteHead, "钱一", Where::Site, true),
    (Role::Invigilator, "孙二", Where::Room, false),
    (Role::Examiner, "李三", Where::Room, false),
    (Role::ScoreClerk, "周四", Where::Site, false),
    (Role::SupervisorInternal, "吴五", Where::Site, true),
    (Role::SupervisorExternal, "郑六", Where::Site, true),
    (Role::Inspector, "王七", Where::Site, true),
    (Role::Registrar, "冯八", Where::Site, false),
    (Role::Archivist, "陈九", Where::Everywhere, true),
    (Role::ResponsibleHead, "褚十", Where::Everywhere, true),
    (Role::Authority, "卫一", Where::Everywhere, true),
    (Role::Auditor, "蒋二", Where::Everywhere, true),
    (Role::Administrator, "沈三", Where::Everywhere, false),
];

#[derive(Clone, Copy)]
enum Where {
    Everywhere,
    Site,
    Room,
}

/// Somebody who was let in.
#[derive(Clone)]
pub(super) struct Person {
    role: Role,
    pub(super) account: String,
    pub(super) password: String,
    access: String,
    sees_footage: bool,
}

type Connection = InterceptedService<Channel, Bearer>;

async fn connect(site: &Site, token: &str) -> Result<PeopleServiceClient<Connection>> {
    let channel = Endpoint::from_shared(site.server.address())?.connect().await.context("connect to the server")?;
    Ok(PeopleServiceClient::with_interceptor(channel, Bearer::new(token)?))
}

/// Makes them, one after the other.
pub(super) async fn admit(site: &Site) -> Result<Vec<Person>> {
    let mut operator = connect(site, &site.server.token()?).await?;
    let mut admitted = Vec::with_capacity(ROLES.len());
    for (role, name, holds, sees_footage) in ROLES {
        let scope = match holds {
            Where::Everywhere => "everything".to_owned(),
            Where::Site => site.declared.site_id.clone(),
            Where::Room => site.declared.rooms[0].0.clone(),
        };
        let account = role.as_str_name().trim_start_matches("ROLE_").to_lowercase().replace('_', "-");
        let grant = people::NewGrant { role: (*role).into(), scope, from_us: None, until_us: None };
        let request = people::CreatePersonRequest {
            account: account.clone(),
            name: (*name).to_owned(),
            grants: vec![grant],
            ..Default::default()
        };
        let made = operator.create_person(request).await.with_context(|| format!("make {account}"))?.into_inner();
        let access = log_in(&mut operator, &account, &made.password).await?;
        let password = format!("demo {}", made.password);
        let change = people::ChangePasswordRequest { old_password: made.password, new_password: password.clone() };
        connect(site, &access)
            .await?
            .change_password(change)
            .await
            .with_context(|| format!("change the password of {account}"))?;
        admitted.push(Person { role: *role, account, password, access, sees_footage: *sees_footage });
    }
    Ok(admitted)
}

async fn log_in(door: &mut PeopleServiceClient<Connection>, account: &str, password: &str) -> Result<String> {
    let request = people::LogInRequest { account: account.to_owned(), password: password.to_owned() };
    let login = door.log_in(request).await.with_context(|| format!("log {account} in"))?.into_inner().login;
    Ok(login.context("a login")?.access_token)
}

/// A connection of the one with the role.
pub(super) async fn centre_of(site: &Site, people: &[Person], role: Role) -> Result<Centre> {
    let person = people.iter().find(|person| person.role == role).with_context(|| format!("nobody is {}", role.as_str_name()))?;
    Centre::connect(&site.server.address(), &person.access).await
}

/// Each tries to look, in a room of the site; what they may is what their role is for.
pub(super) async fn try_to_look(site: &Site, people: &[Person], window: super::Interval) -> Result<Vec<PersonSummary>> {
    let stream = &site.declared.cameras[0].stream_id;
    let mut tried = Vec::with_capacity(people.len());
    for person in people {
        let mut centre = Centre::connect(&site.server.address(), &person.access).await?;
        let looked = centre.playback(stream, window).await;
        let sees_footage = match looked {
            Ok(_) => true,
            Err(error) => {
                let code = error.downcast_ref::<tonic::Status>().map(tonic::Status::code);
                ensure!(code == Some(Code::PermissionDenied), "{} was refused for another reason: {error:#}", person.account);
                false
            }
        };
        tried.push(PersonSummary { account: person.account.clone(), sees_footage, should: person.sees_footage });
    }
    Ok(tried)
}
