//! The real channels: a message, its contact and the policy file → one try.

mod by_mail;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use serde_json::Value;
use time::OffsetDateTime;

use super::chat::{Attempt, ResolvedChannel};
use super::command::KeptBack;
use super::mail_result::bad_address;
use super::oauth::{self, AccessToken, TokenAccess};
use super::session::Sessions;
use super::smtp::{Credentials, Key, Session};
use super::written_ahead::WrittenAhead;
use super::{DeliveryError, Receipt, TimeLimits, Transport, command, inbox, mail, trust, unreachable_by};
use crate::cause::{DeliveryCause, Setting, SystemError};
use crate::channels::Payload;
use crate::disk::{DirectoryPath, Environment, reveal};
use crate::policy::{Channel, ChannelConfig, Contact, ContactName, MailTransport, OAuth, Policies, Revealed};
use crate::redactor::{Redactor, of_policy};
use crate::render::{Body, Mail, Message};

/// So long has a message that is tried when the time limit of the run is nearly over.
const LEAST: Duration = Duration::from_secs(5);

/// Sends by mail, to the inbox and to robots. TLS is always verified, by ring and the machine's roots; nothing has to
/// be installed before.
pub struct Channels<'a> {
    policies: &'a Policies,
    machine: String,
    environment: Box<Environment<'a>>,
    inbox: DirectoryPath,
    stop: Arc<AtomicBool>,
    limits: TimeLimits,
    began: Instant,
    redactor: OnceCell<Redactor>,
    /// Those that hold a secret.
    variables: OnceCell<BTreeSet<String>>,
    usual_trust: OnceCell<Arc<ClientConfig>>,
    /// The mail server refused before it heard of any message: it is not asked again in this run.
    mail_refusal: Option<DeliveryError>,
    /// The connection to the mail server, for the next mail.
    mail_session: Option<Session>,
    written_ahead: WrittenAhead,
    /// What it lets us in by, where that is not a password.
    mail_token: Option<AccessToken>,
    sessions: Sessions,
}

impl fmt::Debug for Channels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channels").field("machine", &self.machine).field("inbox", &self.inbox).finish_non_exhaustive()
    }
}

impl<'a> Channels<'a> {
    /// The time of the run is counted from here, or from [`Self::with_start`]. `machine` is the full name of this machine,
    /// `inbox` the directory of all inboxes, `stop` is set when the run is asked to end.
    #[must_use]
    pub fn new(
        policies: &'a Policies,
        machine: impl Into<String>,
        environment: impl Fn(&str) -> Option<String> + 'a,
        inbox: impl Into<DirectoryPath>,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self {
            policies,
            machine: machine.into(),
            environment: Box::new(environment),
            inbox: inbox.into(),
            stop,
            limits: TimeLimits::default(),
            began: Instant::now(),
            redactor: OnceCell::new(),
            variables: OnceCell::new(),
            usual_trust: OnceCell::new(),
            mail_refusal: None,
            mail_session: None,
            written_ahead: WrittenAhead::default(),
            mail_token: None,
            sessions: Sessions::default(),
        }
    }

    /// The run began earlier than its first message.
    #[must_use]
    pub fn with_start(mut self, began: Instant) -> Self {
        self.began = began;
        self
    }

    /// The same, with other limits of time.
    #[must_use]
    pub fn with_time_limits(mut self, limits: TimeLimits) -> Self {
        self.limits = limits;
        self
    }

    fn trust(&self, ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, DeliveryError> {
        let usual = if ca_file.is_none() { self.usual_trust.get() } else { None };
        if let Some(config) = usual {
            return Ok(Arc::clone(config));
        }
        let bad = |reason| DeliveryError::permanent(reason, "name a file with the authority's certificate in PEM form");
        let config = trust::client_config(ca_file).map_err(bad)?;
        Ok(if ca_file.is_none() { Arc::clone(self.usual_trust.get_or_init(|| config)) } else { config })
    }

    /// A program of this machine can read every secret that certnotify can.
    fn redactor_of_all(&self) -> &Redactor {
        self.redactor.get_or_init(|| of_policy(&self.policies.withheld(), &*self.environment))
    }

    fn variables(&self) -> &BTreeSet<String> {
        self.variables.get_or_init(|| self.policies.secret_variables())
    }

    fn robot_config(&self, message: &Message) -> Option<&'a ChannelConfig> {
        robot_config((&message.contact, message.channel), self.policies)
    }

    fn post(&mut self, message: &Message, payload: &Value, now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        let (robot, attempt) = self.robot_and_attempt(message, now)?;
        robot.send(&Payload { id: &message.id, payload }, &attempt, &mut self.sessions)
    }

    fn robot_and_attempt(
        &self,
        message: &Message,
        now: OffsetDateTime,
    ) -> Result<(ResolvedChannel, Attempt), DeliveryError> {
        let config = self.robot_config(message).ok_or_else(|| unreachable_by(message.channel))?;
        let robot = ResolvedChannel::open(config, message.channel, &*self.environment)?;
        Ok((robot, Attempt::new(self.trust(config.ca_file.as_deref())?, self.limits_now(), now)))
    }

    /// No try outlasts the run.
    fn limits_now(&self) -> TimeLimits {
        TimeLimits { webhook: self.limits.webhook.min(self.time_left()), ..self.limits }
    }

    fn hand_over(&self, contact: &Contact, id: &str, payload: &Value) -> Result<Receipt, DeliveryError> {
        let command = contact.command.as_ref().ok_or_else(|| unreachable_by(Channel::Command))?;
        let redactor = || self.redactor_of_all();
        command::send(command, id, payload, KeptBack { variables: self.variables(), redactor: &redactor })
    }

    /// The moment of a mail in the zone of its reader.
    fn date(&self, contact: &Contact, now: OffsetDateTime) -> OffsetDateTime {
        contact.zone.as_ref().unwrap_or(&self.policies.settings.zone).local(now)
    }

    fn file(&self, contact: &Contact, id: &str, mail: &Mail, now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        let to = match mail::mailboxes(&contact.email) {
            Ok(to) if !to.is_empty() => to,
            // An address that is wrong does not keep the message from the inbox.
            _ => vec![mail::inbox_mailbox(contact.name.as_str(), &self.machine)],
        };
        let from = self.policies.mail.from.as_deref();
        let date = self.date(contact, now);
        let compose =
            |from| mail::compose(mail, id, &mail::Envelope { from, machine: &self.machine, to: to.clone(), date });
        let letter = compose(from).or_else(|_| compose(None)).map_err(|bad| bad_address(contact, &bad))?;
        let id = inbox::id_in(&self.policies.file, id);
        inbox::file(&self.inbox, &contact.name, &id, &letter.bytes, &self.machine, now).map_err(|error| {
            let folder = self.inbox.path().display().to_string();
            DeliveryError::transient(DeliveryCause::Inbox(folder, SystemError::from_io(&error)))
        })?;
        Ok(Receipt::default())
    }

    /// Of the run; a message whose turn comes late has a little all the same.
    fn time_left(&self) -> Duration {
        self.policies.settings.time_limit.saturating_sub(self.began.elapsed()).max(LEAST)
    }

    /// What the mail server is shown, where it wants to know who comes.
    fn credentials(&mut self, now: OffsetDateTime) -> Result<Option<Credentials>, DeliveryError> {
        let transport = &self.policies.mail;
        let user = transport.username.clone().unwrap_or_default();
        if let Some(oauth) = &transport.oauth {
            let token = self.token(oauth, now).map_err(|error| self.mail_failure(error, true))?;
            return Ok(Some(Credentials { user, key: Key::Token(token) }));
        }
        let Some(password) = &transport.password else { return Ok(None) };
        let password = reveal(password, &*self.environment)
            .map_err(|error| super::without_secret(Setting::Email("password".to_owned()), error))?;
        Ok(Some(Credentials { user, key: Key::Password(password) }))
    }

    fn token(&mut self, oauth: &OAuth, now: OffsetDateTime) -> Result<Revealed, DeliveryError> {
        if let Some(token) = self.mail_token.as_ref().filter(|token| token.is_fresh()) {
            return Ok(token.value.clone());
        }
        let config = match oauth {
            OAuth::Grant(grant) => Some(self.trust(grant.ca_file.as_deref())?),
            OAuth::Token(_) | OAuth::Program(_) => None,
        };
        let access = TokenAccess {
            environment: &*self.environment,
            config,
            limits: self.limits_now(),
            kept_back: KeptBack { variables: self.variables(), redactor: &|| self.redactor_of_all() },
        };
        let token = oauth::fetch(oauth, &access, now)?;
        let value = token.value.clone();
        self.mail_token = Some(token);
        Ok(value)
    }

    fn mail_failure(&mut self, error: DeliveryError, concerns_all_mail: bool) -> DeliveryError {
        if concerns_all_mail && matches!(error, DeliveryError::Permanent { .. }) {
            self.mail_refusal = Some(error.clone());
        }
        error
    }
}

impl Transport for Channels<'_> {
    fn server(&self, message: &Message) -> Option<String> {
        server((&message.contact, message.channel), self.policies, &*self.environment)
    }

    fn host(&self, message: &Message) -> Option<String> {
        match message.channel {
            Channel::Email | Channel::Inbox => self.server(message),
            _ => robot((&message.contact, message.channel), self.policies, &*self.environment)
                .map(|robot| robot.webhook.host()),
        }
    }

    fn send(&mut self, message: &Message, now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        let policies = self.policies;
        let contact = policies.contacts.get(&message.contact).ok_or_else(|| unreachable_by(message.channel))?;
        match (message.channel, &message.body) {
            (Channel::Email, Body::Mail(mail)) => self.mail(contact, message, mail, now),
            (Channel::Inbox, Body::Mail(mail)) => self.file(contact, &message.id, mail, now),
            (Channel::Command, Body::Chat { payload, .. }) => self.hand_over(contact, &message.id, payload),
            (_, Body::Chat { payload, .. }) => self.post(message, payload, now),
            (channel, _) => Err(unreachable_by(channel)),
        }
    }

    fn correct(&mut self, message: &Message, id: &str, now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        let Body::Chat { payload, .. } = &message.body else { return Err(unreachable_by(message.channel)) };
        let (robot, attempt) = self.robot_and_attempt(message, now)?;
        let editor = message.channel.spec().editor.ok_or_else(|| unreachable_by(message.channel))?;
        robot.edit(editor, (id, payload), &attempt, &mut self.sessions)
    }

    fn expect(&mut self, after: Option<&Message>, now: OffsetDateTime) {
        let is_by_server = self.policies.mail.sendmail.is_none() && self.mail_refusal.is_none();
        let after = after.filter(|_| is_by_server);
        let after = after.and_then(|message| Some((message, self.write_ahead(message, now)?)));
        self.written_ahead.expect(after);
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn wait(&mut self, pause: Duration) {
        let began = Instant::now();
        while !self.is_stopped() {
            let left = pause.saturating_sub(began.elapsed());
            if left.is_zero() {
                return;
            }
            // Short naps, so that a run that is asked to stop does.
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

type Recipient<'a> = (&'a ContactName, Channel);

/// What stands for the server or robot that a recipient is reached by.
pub(super) fn server(recipient: Recipient<'_>, policies: &Policies, environment: &Environment<'_>) -> Option<String> {
    match recipient.1 {
        Channel::Email => Some(mail_server(&policies.mail)),
        Channel::Inbox => None,
        _ => robot(recipient, policies, environment).map(|robot| robot.name()),
    }
}

fn mail_server(transport: &MailTransport) -> String {
    match &transport.sendmail {
        Some(program) => program.display().to_string(),
        None => format!("{}:{}", transport.host, transport.port),
    }
}

fn robot(recipient: Recipient<'_>, policies: &Policies, environment: &Environment<'_>) -> Option<ResolvedChannel> {
    ResolvedChannel::open(robot_config(recipient, policies)?, recipient.1, environment).ok()
}

fn robot_config<'p>((contact, channel): Recipient<'_>, policies: &'p Policies) -> Option<&'p ChannelConfig> {
    policies.contacts.get(contact)?.robots.get(&channel)
}
