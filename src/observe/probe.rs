//! One look at one endpoint, step by step: from its name over each of its addresses to what it shows. It never waits,
//! and says until when it would.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::dial::{Deadline, NoAddress};
use super::hello::{Hello, Keys};
use super::identity::Identity;
use super::legacy::PresentedChain;
use super::link::{Attempt, Link, Route};
use super::poller::Poller;
use super::probe_error::{self, Trouble};
use super::resolver::Found;
use super::starttls;
use super::target::Target;
use super::tls::{self, Fault};
use crate::certificate::{self, CertificateWithDer};
use crate::observation::Failure;
use crate::policy::{Host, Protocol};

/// What the first address that answers shows.
pub(super) type Outcome = Result<Shown, Failure>;

/// One look that is wanted.
#[derive(Clone, Copy)]
pub(super) struct ProbeRequest<'a> {
    pub target: &'a Target<'a>,
    pub client: Option<&'a Identity>,
    /// Whether the certificate of another key is asked for, too.
    pub asks_beside: bool,
}

/// What one address shows.
pub(super) struct Shown {
    pub address: SocketAddr,
    pub chain: PresentedChain,
    /// The first of the chain, where it can be read.
    pub leaf: Option<Arc<CertificateWithDer>>,
    pub beside: Beside,
}

/// The chain that a server has for keys of another kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// It was asked for and there is none.
    Nothing,
    /// It was not asked for, or no answer came.
    Unknown,
    /// Leaf first.
    Chain(Vec<Vec<u8>>),
}

/// Where a look stands.
pub(super) enum Step {
    /// It goes on once its socket can, its name is resolved, or this moment has come.
    WaitsUntil(Instant),
    Over(Outcome),
}

/// One look.
pub(super) struct Probe<'a> {
    target: &'a Target<'a>,
    route: Route<'a>,
    number: usize,
    limit: Duration,
    deadline: Deadline,
    /// What is dialled: the endpoint or a proxy.
    first: (Host, u16),
    addresses: std::vec::IntoIter<SocketAddr>,
    faults: Vec<(SocketAddr, Trouble)>,
    link: Option<Link>,
    /// Why the attempt before this one failed at the same address.
    refused: Option<Fault>,
    /// Why TLS did not begin, at an address that is asked to begin it at once.
    refused_in_clear: Option<starttls::Fault>,
    /// Whether a server is asked for the certificate of another key that it may have, too.
    asks_beside: bool,
    begun: Instant,
    /// What was shown, while that is asked for.
    shown: Option<Shown>,
}

impl<'a> Probe<'a> {
    /// A look within `limit`, from the resolution of the name to the last byte.
    pub(super) fn new(job: &ProbeRequest<'a>, number: usize, limit: Duration) -> Self {
        let ProbeRequest { target, client, asks_beside } = *job;
        let (host, port) = target.host_and_port();
        let first = target.first();
        let through = target.options.proxy.as_ref().map(|proxy| (proxy, host, port));
        let route = Route {
            through,
            announces: target.options.proxy_protocol,
            protocol: target.endpoint.protocol,
            offer: None,
            name: target.name(),
            client,
        };
        let spent = target.only.map_or(Duration::ZERO, |(_, spent)| spent);
        Self {
            target,
            route,
            number,
            limit,
            deadline: Deadline::after(limit).less(spent),
            first,
            addresses: Vec::new().into_iter(),
            faults: Vec::new(),
            link: None,
            refused: None,
            refused_in_clear: None,
            asks_beside,
            begun: Instant::now(),
            shown: None,
        }
    }

    /// The name that is to be resolved, where there is one.
    pub(super) fn begin(&mut self, poller: &Poller) -> Result<Step, String> {
        match &self.first.0 {
            Host::Address(address) => {
                let address = SocketAddr::new(*address, self.first.1);
                Ok(self.resolved(Ok(vec![address]), poller))
            }
            Host::Name(name) => Err(name.clone()),
            // The system's resolver knows the number of the interface, and asks no server for it.
            Host::OnLink(link) => Err(link.to_string()),
        }
    }

    /// The end of the look.
    pub(super) const fn ends(&self) -> Instant {
        self.deadline.moment()
    }

    pub(super) fn resolved(&mut self, found: Found, poller: &Poller) -> Step {
        match found {
            Ok(mut addresses) => {
                for address in &mut addresses {
                    address.set_port(self.first.1);
                }
                self.addresses = addresses.into_iter();
                self.next_address(poller)
            }
            Err(cause) => self.no_address(NoAddress::Unknown(cause)),
        }
    }

    /// Its socket can go on.
    pub(super) fn go_on(&mut self, poller: &Poller) -> Step {
        let Some(link) = &mut self.link else { return Step::WaitsUntil(self.deadline.moment()) };
        match link.go_on(&self.route) {
            None => Step::WaitsUntil(link.deadline.moment()),
            Some(outcome) => self.shown(outcome, poller),
        }
    }

    /// The moment has come until which it waited.
    pub(super) fn expire(&mut self, poller: &Poller) -> Step {
        let Some(link) = &mut self.link else { return self.no_address(NoAddress::Timeout) };
        let outcome = link.expire(&self.route);
        self.shown(outcome, poller)
    }

    fn no_address(&self, cause: NoAddress) -> Step {
        Step::Over(Err(probe_error::no_address(&self.first.0, cause, self.limit)))
    }

    /// What the attempt at this address came to.
    fn shown(&mut self, outcome: Result<PresentedChain, Trouble>, poller: &Poller) -> Step {
        let Some(link) = self.link.take() else { return self.next_address(poller) };
        if let Some(shown) = self.shown.take() {
            if outcome.is_err() && link.is_accepted() {
                let hello = Hello { is_question: false, ..link.hello };
                return self.open_beside(shown, link.deadline, (link.attempt, hello), poller);
            }
            return Step::Over(Ok(Shown { beside: beside(outcome), ..shown }));
        }
        let trouble = match (outcome, self.refused.take()) {
            (Ok(chain), _) => return self.ask_beside(&link, chain, poller),
            // It spoke, and is not who it says.
            (Err(Trouble::Handshake(Fault::NoProof)), _) => Trouble::Handshake(Fault::NoProof),
            // Where the further attempts fail, too, the first answer says more.
            (Err(trouble), Some(refused)) => {
                let refused = again(refused, &trouble);
                if link.attempt == Attempt::Wide && matches!(trouble, Trouble::Handshake(_)) {
                    self.refused = Some(refused);
                    return self.open(link.address, link.deadline, Attempt::Legacy(tls::random()), poller);
                }
                Trouble::Handshake(refused)
            }
            (Err(Trouble::Handshake(fault)), None) => match further(link.attempt, &fault) {
                Some(attempt) => {
                    self.refused = Some(fault);
                    return self.open(link.address, link.deadline, attempt, poller);
                }
                None => Trouble::Handshake(fault),
            },
            (Err(Trouble::Greeting(fault)), None) => match starttls::at_once(self.route.protocol, &fault) {
                Some(offer) => {
                    self.refused_in_clear = Some(fault);
                    (self.route.protocol, self.route.offer) = (Protocol::Tls, Some(offer));
                    return self.open(link.address, link.deadline, Attempt::Current, poller);
                }
                None => Trouble::Greeting(fault),
            },
            (Err(trouble), None) => trouble,
        };
        self.leave(link.address, trouble);
        self.next_address(poller)
    }

    /// Asks for the certificate of another key that a server may have beside what it showed. A server that takes longer
    /// to say so than it took before is left.
    fn ask_beside(&mut self, link: &Link, chain: PresentedChain, poller: &Poller) -> Step {
        let leaf =
            chain.chain.first().and_then(|leaf| certificate::read_der(leaf).ok()).map(|(leaf, _)| Arc::new(leaf));
        let keys = leaf.as_ref().map(|leaf| Keys::beside(&leaf.certificate.key.algorithm));
        let shown = Shown { address: link.address, chain, leaf, beside: Beside::Unknown };
        let patience = self.begun.elapsed().saturating_mul(3).saturating_add(Duration::from_secs(1));
        let deadline = Deadline::after(patience).but_before(self.deadline);
        let is_asked = self.asks_beside && !matches!(link.attempt, Attempt::Legacy(_));
        match keys.filter(|_| is_asked && deadline.left().is_some()) {
            // Most servers have none: the handshake begins once more where this one has.
            Some(keys) => {
                let is_question = link.attempt == Attempt::Current;
                let hello = Hello { keys, is_question, ..Hello::default() };
                self.open_beside(shown, deadline, (link.attempt, hello), poller)
            }
            None => Step::Over(Ok(shown)),
        }
    }

    fn open_beside(&mut self, shown: Shown, deadline: Deadline, way: (Attempt, Hello), poller: &Poller) -> Step {
        let Ok(link) = Link::open(poller, self.number, shown.address, deadline, way, &self.route) else {
            return Step::Over(Ok(shown));
        };
        self.link = Some(link);
        self.shown = Some(shown);
        Step::WaitsUntil(deadline.moment())
    }

    /// The time of all looks is over: what it has been shown, if that is so.
    pub(super) fn cut_short(self) -> Option<Outcome> {
        self.shown.map(Ok)
    }

    fn next_address(&mut self, poller: &Poller) -> Step {
        let left = self.addresses.len();
        match self.addresses.next().filter(|_| self.deadline.left().is_some()) {
            Some(address) => self.open(address, self.deadline.share(left), Attempt::Current, poller),
            None => Step::Over(Err(self.unreachable())),
        }
    }

    fn open(&mut self, address: SocketAddr, deadline: Deadline, attempt: Attempt, poller: &Poller) -> Step {
        match Link::open(poller, self.number, address, deadline, (attempt, Hello::default()), &self.route) {
            Ok(link) => {
                self.link = Some(link);
                Step::WaitsUntil(deadline.moment())
            }
            Err(trouble) => {
                let trouble = match self.refused.take() {
                    Some(refused) => Trouble::Handshake(again(refused, &trouble)),
                    None => trouble,
                };
                self.leave(address, trouble);
                self.next_address(poller)
            }
        }
    }

    /// This address shows nothing; the next is asked from the start.
    fn leave(&mut self, address: SocketAddr, trouble: Trouble) {
        (self.route.protocol, self.route.offer) = (self.target.endpoint.protocol, None);
        self.faults.push((address, self.refused_in_clear.take().map_or(trouble, Trouble::Greeting)));
    }

    fn unreachable(&self) -> Failure {
        let (_, port) = self.target.host_and_port();
        let proxy = self.target.options.proxy.as_ref();
        let query = probe_error::Query { protocol: self.target.endpoint.protocol, port, proxy };
        probe_error::unreachable(&self.faults, &query, self.limit)
    }
}

/// What it says of a second certificate that one was asked for.
fn beside(outcome: Result<PresentedChain, Trouble>) -> Beside {
    match outcome {
        Ok(other) => Beside::Chain(other.chain),
        Err(Trouble::Handshake(
            Fault::NothingInCommon
            | Fault::TooOld
            | Fault::UnknownName
            | Fault::WithoutCertificate
            | Fault::Alert(_)
            | Fault::Other(_),
        )) => Beside::Nothing,
        Err(_) => Beside::Unknown,
    }
}

/// How to ask again after this: with everything that a server of today may insist on; what the library refuses is
/// asked for in the clear.
fn further(attempt: Attempt, fault: &Fault) -> Option<Attempt> {
    match (attempt, fault) {
        // Some close the connection, or send another alert, where nothing suits them.
        (
            Attempt::Current,
            Fault::NothingInCommon | Fault::Closed | Fault::WithoutCertificate | Fault::Alert(_) | Fault::Other(_),
        ) => Some(Attempt::Wide),
        (Attempt::Current, Fault::TooOld | Fault::TooLarge) => Some(Attempt::Legacy(tls::random())),
        _ => None,
    }
}

/// Why there is no certificate, after an attempt that was `refused` and another one: that nothing is in common can be
/// said of a server that was asked for everything.
fn again(refused: Fault, trouble: &Trouble) -> Fault {
    let was_asked = matches!(trouble, Trouble::Handshake(fault) if *fault != Fault::Timeout);
    match refused {
        Fault::NothingInCommon | Fault::TooOld if !was_asked => Fault::RefusedOnce,
        refused => refused,
    }
}
