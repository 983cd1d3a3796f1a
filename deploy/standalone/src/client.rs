//! The server, as a caller with a token sees it.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use liuhen_api::auth::Token;
use liuhen_proto::Span;
use liuhen_proto::wire::archive::v1::import_service_client::ImportServiceClient;
use liuhen_proto::wire::machine::v1::machine_service_client::MachineServiceClient;
use liuhen_proto::wire::machine::v1::neighbour_service_client::NeighbourServiceClient;
use liuhen_proto::wire::people::v1 as people;
use liuhen_proto::wire::people::v1::people_service_client::PeopleServiceClient;
use liuhen_proto::wire::review::v1::alarm_service_client::AlarmServiceClient;
use liuhen_proto::wire::review::v1::log_service_client::LogServiceClient;
use liuhen_proto::wire::review::v1::review_service_client::ReviewServiceClient;
use liuhen_proto::wire::review::v1::trace_service_client::TraceServiceClient;
use liuhen_proto::wire::session::v1::process_service_client::ProcessServiceClient;
use liuhen_proto::wire::session::v1::session_service_client::SessionServiceClient;
use liuhen_proto::wire::session::v1::sheet_service_client::SheetServiceClient;
use liuhen_proto::wire::session::v1::staff_service_client::StaffServiceClient;
use liuhen_proto::wire::session::v1::supervision_service_client::SupervisionServiceClient;
use liuhen_proto::world::{Clock as _, SystemClock};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_types::StatusExt as _;

use crate::arguments::Remote;
use crate::data::read_token;
use crate::language::Language;
use crate::login_file::{Kept, LoginFile};
use crate::tls::Connector;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// A token that ends sooner is renewed first.
const RENEW_BEFORE: Span = Span::from_secs(60);
/// The largest answer: coverage of a session of 1000 windows, or 1000 entries.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Puts the token on every call.
#[derive(Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A connection.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) sessions: SessionServiceClient<InterceptedService<Channel, Bearer>>,
    pub(crate) process: ProcessServiceClient<InterceptedService<Channel, Bearer>>,
    pub(crate) review: ReviewServiceClient<InterceptedService<Channel, Bearer>>,
    pub(crate) trace: TraceServiceClient<InterceptedService<Channel, Bearer>>,
    pub(crate) alarms: AlarmServiceClient<InterceptedService<Channel, Bearer>>,
    pub(crate) log: LogServiceClient<InterceptedService<Channel, Bearer>>,
    pub(crate) imports: ImportServiceClient<InterceptedService<Channel, Bearer>>,
    pub(crate) people: PeopleServiceClient<InterceptedService<Channel, Bearer>>,
    pub(crate) machines: MachineServiceClient<InterceptedService<Channel, Bearer>>,
    pub(crate) sheets: SheetServiceClient<InterceptedService<Channel, Bearer>>,
    pub(crate) staff: StaffServiceClient<InterceptedService<Channel, Bearer>>,
    pub(crate) neighbours: NeighbourServiceClient<InterceptedService<Channel, Bearer>>,
    pub(crate) supervision: SupervisionServiceClient<InterceptedService<Channel, Bearer>>,
    /// What paths of playback stand behind.
    pub(crate) address: String,
}

impl Client {
    /// Connects with the token of the arguments or of the environment.
    pub(crate) async fn connect(remote: &Remote) -> Result<Self> {
        let (channel, address) = channel(remote).await?;
        let token = token(remote, &channel, &address).await?;
        let mut bearer: MetadataValue<Ascii> = format!("Bearer {}", token.reveal()).parse().context("send the token")?;
        bearer.set_sensitive(true);
        let bearer = Bearer(bearer);
        let sessions = SessionServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let process = ProcessServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let review = ReviewServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let trace = TraceServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let alarms = AlarmServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let log = LogServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let people = PeopleServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let machines = MachineServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let sheets = SheetServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let staff = StaffServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let neighbours = NeighbourServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let supervision = SupervisionServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let imports = ImportServiceClient::with_interceptor(channel, bearer);
        Ok(Self {
            sessions: sessions.max_decoding_message_size(MAX_ANSWER_BYTES),
            process: process.max_decoding_message_size(MAX_ANSWER_BYTES),
            review: review.max_decoding_message_size(MAX_ANSWER_BYTES),
            trace: trace.max_decoding_message_size(MAX_ANSWER_BYTES),
            alarms: alarms.max_decoding_message_size(MAX_ANSWER_BYTES),
            log: log.max_decoding_message_size(MAX_ANSWER_BYTES),
            imports: imports.max_decoding_message_size(MAX_ANSWER_BYTES),
            people: people.max_decoding_message_size(MAX_ANSWER_BYTES),
            machines: machines.max_decoding_message_size(MAX_ANSWER_BYTES),
            sheets: sheets.max_decoding_message_size(MAX_ANSWER_BYTES),
            staff: staff.max_decoding_message_size(MAX_ANSWER_BYTES),
            neighbours: neighbours.max_decoding_message_size(MAX_ANSWER_BYTES),
            supervision: supervision.max_decoding_message_size(MAX_ANSWER_BYTES),
            address,
        })
    }
}

/// For those who have no token yet; and the server's address.
pub(crate) async fn open(remote: &Remote) -> Result<(PeopleServiceClient<Channel>, String)> {
    let (channel, address) = channel(remote).await?;
    Ok((PeopleServiceClient::new(channel), address))
}

async fn channel(remote: &Remote) -> Result<(Channel, String)> {
    let address = remote.server.trim_end_matches('/').to_owned();
    let wrong = || format!("`{address}` is no address: write http://127.0.0.1:7800, for instance");
    let endpoint = Endpoint::from_shared(address.clone()).with_context(wrong)?.connect_timeout(CONNECT);
    let refused = || format!("connect to {address}: is `liuhen serve` running there? · 无法连接服务，请确认 liuhen serve 已启动");
    let channel = if endpoint.uri().scheme_str() == Some("https") {
        endpoint.connect_with_connector(Connector::new(remote.ca.as_deref())?).await
    } else {
        endpoint.connect().await
    };
    Ok((channel.with_context(refused)?, address))
}

async fn token(remote: &Remote, channel: &Channel, address: &str) -> Result<Token> {
    if let Some(path) = &remote.token_file {
        return read_token(path)?.with_context(|| format!("{} does not exist", path.display()));
    }
    match std::env::var("LIUHEN_TOKEN") {
        Ok(text) => Token::parse(&text).context("LIUHEN_TOKEN holds no token"),
        Err(_) => of_login(channel, address).await,
    }
}

/// That of `liuhen login`, renewed where it is about to end.
async fn of_login(channel: &Channel, address: &str) -> Result<Token> {
    let mut file = LoginFile::open()?;
    let Some(kept) = file.of(address).cloned() else {
        bail!("not logged in at {address}: `liuhen login ACCOUNT`, or give --token-file · 尚未登录：请用 liuhen login 登录");
    };
    let soon = SystemClock.now().after(RENEW_BEFORE).as_micros();
    if kept.access_until_us > soon {
        return Token::parse(&kept.access).context("the file of logins holds no token; log in again");
    }
    let request = people::RefreshRequest { refresh_token: kept.refresh };
    let renewed = PeopleServiceClient::new(channel.clone()).refresh(request).await;
    let renewed = match renewed {
        Ok(renewed) => renewed.into_inner().login.unwrap_or_default(),
        Err(status) if status.code() == tonic::Code::Unauthenticated => {
            file.keep(address, None)?;
            bail!("the login at {address} has ended: log in again · 登录已失效，请重新登录");
        }
        Err(status) => return Err(refused(&status, Language::of_environment())),
    };
    file.keep(address, Some(Kept::from(&renewed)))?;
    Token::parse(&renewed.access_token).context("the server gave no token")
}

/// What the server said, in the caller's language.
pub(crate) fn refused(status: &Status, language: Language) -> anyhow::Error {
    let details = status.get_error_details();
    let chinese = details.localized_message().filter(|message| message.locale.starts_with("zh"));
    match (language, chinese) {
        (Language::Chinese, Some(message)) => anyhow!("{}", message.message),
        _ if status.message().is_empty() => anyhow!("the server answers {:?}", status.code()),
        _ => anyhow!("{}", status.message()),
    }
}
