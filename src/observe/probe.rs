//! One look at one endpoint, step by step: from its name over each of its addresses to what it shows. It never waits,
//! and says until when it would.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::dial::{Deadline, NoAddress};
use super::endpoint::Target;
use super::identity::Identity;
use super::legacy::PresentedChain;
use super::link::{Attempt, Link, Route};
use super::poller::Poller;
use super::probe_error::{self, Trouble, words};
use super::resolver::Found;
use super::tls::{self, Fault};
use crate::observation::Failure;
use crate::policy::Host;

/// What the first address that answers shows, and which that is.
pub(super) type Outcome = Result<(SocketAddr, PresentedChain), Failure>;

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
}

impl<'a> Probe<'a> {
    /// A look within `limit`, from the resolution of the name to the last byte.
    pub(super) fn new(target: &'a Target<'a>, client: Option<&'a Identity>, number: usize, limit: Duration) -> Self {
        let (host, port) = target.host_and_port();
        let first = target.first();
        let through = target.options.proxy.as_ref().map(|proxy| (proxy, host, port));
        let route = Route { through, protocol: target.endpoint.protocol, name: target.name(), client };
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
            Err(cause) => self.no_address(&NoAddress::Unknown(cause)),
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
        let Some(link) = &mut self.link else { return self.no_address(&NoAddress::Timeout) };
        let outcome = link.expire(&self.route);
        self.shown(outcome, poller)
    }

    fn no_address(&self, cause: &NoAddress) -> Step {
        Step::Over(Err(probe_error::no_address(&self.first.0, cause, self.limit)))
    }

    /// What the attempt at this address came to.
    fn shown(&mut self, outcome: Result<PresentedChain, Trouble>, poller: &Poller) -> Step {
        let Some(link) = self.link.take() else { return self.next_address(poller) };
        let trouble = match (outcome, self.refused.take()) {
            (Ok(chain), _) => return Step::Over(Ok((link.address, chain))),
            // It spoke, and is not who it says.
            (Err(Trouble::Handshake(Fault::NoProof)), _) => Trouble::Handshake(Fault::NoProof),
            // Where the further attempts fail, too, the first answer says more.
            (Err(trouble), Some(refused)) => match trouble {
                Trouble::Handshake(_) if link.attempt == Attempt::Wide => {
                    self.refused = Some(refused);
                    return self.open(link.address, link.deadline, Attempt::Legacy(tls::random()), poller);
                }
                _ => Trouble::Handshake(refused),
            },
            (Err(Trouble::Handshake(fault)), None) => match further(link.attempt, &fault) {
                Some(attempt) => {
                    self.refused = Some(fault);
                    return self.open(link.address, link.deadline, attempt, poller);
                }
                None => Trouble::Handshake(fault),
            },
            (Err(trouble), None) => trouble,
        };
        self.faults.push((link.address, trouble));
        self.next_address(poller)
    }

    fn next_address(&mut self, poller: &Poller) -> Step {
        let left = self.addresses.len();
        match self.addresses.next().filter(|_| self.deadline.left().is_some()) {
            Some(address) => self.open(address, self.deadline.share(left), Attempt::Current, poller),
            None => Step::Over(Err(self.unreachable())),
        }
    }

    fn open(&mut self, address: SocketAddr, deadline: Deadline, attempt: Attempt, poller: &Poller) -> Step {
        match Link::open(poller, self.number, address, deadline, attempt) {
            Ok(link) => {
                self.link = Some(link);
                Step::WaitsUntil(deadline.moment())
            }
            Err(trouble) => {
                let trouble = self.refused.take().map_or(trouble, Trouble::Handshake);
                self.faults.push((address, trouble));
                self.next_address(poller)
            }
        }
    }

    fn unreachable(&self) -> Failure {
        let (_, port) = self.target.host_and_port();
        let proxy = self.target.options.proxy.as_ref();
        let peer = probe_error::Peer { protocol: self.target.endpoint.protocol, port, proxy };
        probe_error::unreachable(&self.faults, &peer, &words(self.limit))
    }
}

/// How to ask again after this: with everything that a server of today may insist on; what the library refuses is
/// asked for in the clear.
fn further(attempt: Attempt, fault: &Fault) -> Option<Attempt> {
    match (attempt, fault) {
        (Attempt::Current, Fault::NothingInCommon) => Some(Attempt::Wide),
        (Attempt::Current, Fault::TooOld | Fault::TooLarge | Fault::Closed | Fault::Other(_)) => {
            Some(Attempt::Legacy(tls::random()))
        }
        _ => None,
    }
}
