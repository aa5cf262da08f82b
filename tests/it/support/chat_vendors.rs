//! Strict fakes of all services that take messages by HTTP, behind one server on loopback: they refuse what the services refuse.

mod lark_app;
mod machines;
mod newer;
mod phones;
mod rooms;
mod rules;
mod services;
mod slack_app;
mod tickets;
mod wire;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use certnotify::policy::Channel;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use time::OffsetDateTime;

use super::delivery::NOW;

pub(crate) use lark_app::{APP, GROUP};
pub(crate) use newer::{PUSHOVER_TOKEN, PUSHOVER_USER, is_taken};
pub(crate) use phones::{CHAT, TOPIC, is_for_phones, links_of_telegram};
pub(crate) use rooms::is_well_formed;
pub(crate) use services::{BOT, CORP, ROOM, SERVICES, STREAM, is_for_services};
pub(crate) use slack_app::PLACE;
pub(crate) use tickets::{ACCOUNT, Issue, PROJECT, REPOSITORY, TRACKERS};
pub(crate) use wire::Request;

/// What a robot does instead of answering properly, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// With this status and body, as `text/html`.
    Html(u16),
    /// 200 and this body.
    Body(&'static str),
    /// A body that is shorter than announced.
    CutOff(&'static str),
    Redirect(String),
    TooMany {
        retry_after: Option<&'static str>,
    },
    GatewayLimit {
        reset: u64,
    },
    /// A refusal that quotes everything that was sent.
    Echo,
    CloseBeforeAnswer,
    /// It does what it is asked for, and its answer is lost.
    LoseAnswer,
    /// None: it answers properly.
    Proper,
    CloseWhileReading,
    Stall,
    Drip,
    Huge,
}

/// The settings of one robot, and what it has seen.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct ChannelConfig {
    pub(crate) secret: Option<String>,
    pub(crate) keywords: Vec<String>,
    pub(crate) refuses_address: bool,
    pub(crate) speaks_chinese: bool,
    pub(crate) forbids_mention_of_all: bool,
    /// Lark only: an old server's answer without `code`.
    pub(crate) answers_as_of_old: bool,
    /// Telegram only: the number of the group since it became a supergroup.
    pub(crate) moved_to: Option<i64>,
    /// It is sent on from there too.
    pub(crate) has_moved_on: bool,
    /// WeCom's and Lark's applications only: a session serves one message.
    pub(crate) ends_sessions: bool,
    /// GitHub only: its search does not know the newest issues yet.
    pub(crate) search_is_late: bool,
    /// Jira only: no step leads to the end.
    pub(crate) has_no_step: bool,
    pub(crate) issues: Vec<Issue>,
    /// What the room shows, by the identifiers of its messages, where the service can change them.
    pub(crate) shown: BTreeMap<String, Value>,
    /// ntfy only: it knows no numbers of messages. Zulip and Lark: messages may not be changed any more.
    pub(crate) is_old: bool,
    /// WeCom only: it takes no more bytes than these, instead of what is documented.
    pub(crate) most: Option<usize>,
    pub(crate) faults: VecDeque<Fault>,
    /// Accepted messages, by the vendor's clock, in milliseconds.
    pub(crate) taken: Vec<i64>,
    pub(crate) silent_until: i64,
}

/// A request and what was answered to it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) request: Request,
    /// The vendor's code; none for a fault.
    pub(crate) verdict: Option<i64>,
}

pub(crate) struct State {
    pub(crate) robots: HashMap<String, ChannelConfig>,
    pub(crate) journal: Vec<Entry>,
    pub(crate) now: OffsetDateTime,
}

/// The vendors at one address.
pub(crate) struct Vendors {
    address: SocketAddr,
    scheme: &'static str,
    state: Arc<Mutex<State>>,
    ends: Arc<AtomicBool>,
}

impl Vendors {
    pub(crate) fn start() -> Self {
        Self::listen(None)
    }

    pub(crate) fn start_with_tls(config: Arc<ServerConfig>) -> Self {
        Self::listen(Some(config))
    }

    fn listen(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let state = Arc::new(Mutex::new(State { robots: HashMap::new(), journal: Vec::new(), now: NOW }));
        let ends = Arc::new(AtomicBool::new(false));
        let (shared, is_over) = (Arc::clone(&state), Arc::clone(&ends));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), state, tls) = (stream, Arc::clone(&shared), tls.clone()) else { return };
                thread::spawn(move || serve(stream, tls, &state));
            }
        });
        Self { address, scheme, state, ends }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn journal(&self) -> Vec<Entry> {
        self.state().journal.clone()
    }

    /// The codes that were answered, in order.
    pub(crate) fn verdicts(&self) -> Vec<Option<i64>> {
        self.state().journal.iter().map(|entry| entry.verdict).collect()
    }

    pub(crate) fn set_clock(&self, now: OffsetDateTime) {
        self.state().now = now;
    }

    /// Makes a robot; its token is its identity at every vendor.
    pub(crate) fn robot(&self, token: &str, robot: ChannelConfig) {
        self.state().robots.insert(token.to_owned(), robot);
    }

    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn dingtalk(&self, token: &str) -> String {
        format!("{}://{}/robot/send?access_token={token}", self.scheme, self.address)
    }

    pub(crate) fn wecom(&self, key: &str) -> String {
        format!("{}://{}/cgi-bin/webhook/send?key={key}", self.scheme, self.address)
    }

    pub(crate) fn lark(&self, token: &str) -> String {
        format!("{}://{}/open-apis/bot/v2/hook/{token}", self.scheme, self.address)
    }

    pub(crate) fn slack(&self, token: &str) -> String {
        format!("{}://{}{}{token}", self.scheme, self.address, rooms::SLACK)
    }

    pub(crate) fn discord(&self, token: &str) -> String {
        format!("{}://{}{}{token}", self.scheme, self.address, rooms::DISCORD)
    }

    pub(crate) fn teams(&self, token: &str) -> String {
        let query = "api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0";
        format!("{}://{}{}?{query}&sig={token}", self.scheme, self.address, rooms::TEAMS)
    }

    /// The webhook of Mattermost or Google Chat, or the base address of Pushover or Bark for one robot.
    pub(crate) fn newer(&self, channel: Channel, token: &str) -> String {
        format!("{}://{}{}", self.scheme, self.address, newer::target(channel, token))
    }

    /// The address of a service in place of which a path of its own stands.
    pub(crate) fn service(&self, channel: Channel, token: &str) -> String {
        format!("{}://{}{}", self.scheme, self.address, services::target(channel, token))
    }

    /// The base address of a service that keeps tickets, for one token.
    pub(crate) fn tracker(&self, channel: Channel, token: &str) -> String {
        format!("{}://{}{}", self.scheme, self.address, tickets::target(channel, token))
    }

    /// The base address of Telegram, ntfy or Gotify.
    pub(crate) fn base(&self, channel: Channel) -> String {
        format!("{}://{}{}", self.scheme, self.address, phones::base(channel))
    }

    /// The base address of the service for one routing key.
    pub(crate) fn pagerduty(&self, key: &str) -> String {
        format!("{}://{}{}{key}", self.scheme, self.address, machines::PAGERDUTY)
    }

    pub(crate) fn receiver(&self, token: &str) -> String {
        format!("{}://{}{}{token}", self.scheme, self.address, machines::RECEIVER)
    }

    /// A raw request, for clients that do it wrong: the status and the body of the answer.
    pub(crate) fn raw(&self, method: &str, target: &str, content_type: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// The vendor's code in the answer to a raw POST of JSON.
    pub(crate) fn raw_code(&self, target: &str, body: &[u8]) -> i64 {
        let (_, answer) = self.raw("POST", target, "application/json; charset=utf-8", body);
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        answer.get("errcode").or(answer.get("code")).and_then(serde_json::Value::as_i64).unwrap()
    }
}

impl Drop for Vendors {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: TcpStream, tls: Option<Arc<ServerConfig>>, state: &Mutex<State>) {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    match tls {
        None => converse(stream, state),
        Some(config) => converse(StreamOwned::new(ServerConnection::new(config).unwrap(), stream), state),
    }
}

fn converse(mut stream: impl Read + Write, state: &Mutex<State>) {
    let fault = |token: &str| {
        let mut state = state.lock().unwrap();
        state.robots.get_mut(token).and_then(|robot| robot.faults.pop_front())
    };
    let Some(head) = wire::read_head(&mut stream) else { return };
    let token = rules::token(&head);
    let fault = fault(&token);
    if fault == Some(Fault::CloseWhileReading) {
        return;
    }
    let Some(request) = wire::read_body(&mut stream, head) else { return };
    let is_lost = fault == Some(Fault::LoseAnswer);
    if let Some(fault) = fault.filter(|fault| !matches!(fault, Fault::LoseAnswer | Fault::Proper)) {
        state.lock().unwrap().journal.push(Entry { request: request.clone(), verdict: None });
        wire::misbehave(&mut stream, &fault, &request);
        return;
    }
    let (status, body, now) = {
        let mut state = state.lock().unwrap();
        let (status, code, body) = rules::judge(&mut state, &request);
        state.journal.push(Entry { request, verdict: Some(code) });
        (status, body, state.now)
    };
    if is_lost {
        return;
    }
    wire::answer(&mut stream, status, "application/json", &body, now);
}
