//! What listens on ports of this machine, and since when: a server reads its certificate when it starts. The only file that
//! reads the table of processes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;

use crate::cause::ServerUnknown;
use crate::observation::{Listener, Loading, Observation, PortListener};
use crate::policy::{Entry, Watch};

/// The ports of `listens-on`, and which process listens on each.
#[derive(Clone, Debug, Default)]
pub struct Listeners(BTreeMap<u16, Seen>);

/// The process, or why it is not known.
type Seen = Result<Option<Listener>, ServerUnknown>;

impl Listeners {
    /// Those of the ports of `entries`: before the process gives up looking at others.
    #[must_use]
    pub fn new(entries: &[&Entry]) -> Self {
        let ports: BTreeSet<u16> = entries.iter().flat_map(|entry| entry.options.listens_on.iter().copied()).collect();
        Self(if ports.is_empty() { BTreeMap::new() } else { listeners(&ports) })
    }
}

/// Tells every certificate in a file of an entry with `listens-on` what listens there.
pub(super) fn tell(entries: &[&Entry], listeners: &Listeners, observations: &mut [Observation]) {
    let listening = entries.iter().filter(|entry| !entry.options.listens_on.is_empty());
    let by_name: BTreeMap<&str, &Entry> = listening.map(|entry| (entry.name.as_str(), *entry)).collect();
    for observation in observations.iter_mut().filter(|observation| !observation.is_endpoint) {
        let Some(entry) = by_name.get(observation.entry.as_str()) else { continue };
        let Ok(sight) = &mut observation.outcome else { continue };
        let path = observation.place.split('#').next().unwrap_or(&observation.place);
        let (Watch::Files { .. }, Some(changed)) = (&entry.watch, changed(Path::new(path))) else { continue };
        let seen = |port: &u16| listeners.0.get(port).cloned().unwrap_or(Err(ServerUnknown::NotKnown));
        let of_port = |port: &u16| PortListener { port: *port, seen: seen(port) };
        let listeners = entry.options.listens_on.iter().map(of_port).collect();
        sight.checks_mut().loading = Some(Loading { changed, listeners });
    }
}

/// When the content came there: by a new file, or by a link that leads to another.
fn changed(path: &Path) -> Option<OffsetDateTime> {
    let own = path.symlink_metadata().and_then(|metadata| metadata.modified()).ok();
    let target = path.metadata().and_then(|metadata| metadata.modified()).ok();
    own.max(target).filter(|moment| *moment > SystemTime::UNIX_EPOCH).map(OffsetDateTime::from)
}

/// How long a process may hold the ports of its parent before it becomes the program that it is to run.
#[cfg(target_os = "linux")]
const BEGINS: Duration = Duration::from_millis(100);

/// The newest process that holds the port: a server that reloads by new workers keeps the old one to open it.
#[cfg(target_os = "linux")]
fn listeners(ports: &BTreeSet<u16>) -> BTreeMap<u16, Seen> {
    let sockets = sockets(ports);
    let Ok(processes) = procfs::process::all_processes() else {
        return ports.iter().map(|port| (*port, Err(ServerUnknown::NoProcesses))).collect();
    };
    let mut seen: BTreeMap<u16, Seen> = ports
        .iter()
        .map(|port| {
            let is_open = sockets.values().any(|open| open == port);
            (*port, Err(if is_open { ServerUnknown::Hidden } else { ServerUnknown::NothingListens }))
        })
        .collect();
    for (port, listener) in
        settled(processes.flatten().flat_map(|process| held_by(&process, &sockets)).collect(), &sockets)
    {
        let newest = seen.entry(port).or_insert_with(|| Ok(None));
        // The system's manager opens ports for servers that start when they are called.
        if listener.process == 1 {
            *newest = newest.clone().or(Ok(None));
            continue;
        }
        let known = newest.as_ref().ok().and_then(Option::as_ref);
        if known.is_none_or(|known| known.since < listener.since) {
            *newest = Ok(Some(listener));
        }
    }
    seen
}

/// Without what a server has just started: it holds the server's ports until it is the program that it is to run.
#[cfg(target_os = "linux")]
fn settled(mut holders: Vec<(u16, Listener)>, sockets: &BTreeMap<u64, u16>) -> Vec<(u16, Listener)> {
    let own = procfs::process::Process::myself().ok().and_then(|own| began(&own));
    let Some(lately) = own.map(|began| began.saturating_sub(time::Duration::seconds(3))) else { return holders };
    let is_shared = |port: u16| holders.iter().filter(|(other, _)| *other == port).count() > 1;
    if holders.iter().any(|(port, listener)| listener.since > lately && is_shared(*port)) {
        std::thread::sleep(BEGINS);
        let still_holds =
            |process| procfs::process::Process::new(process).is_ok_and(|it| !ports_of(&it, sockets).is_empty());
        holders.retain(|(_, listener)| listener.since <= lately || still_holds(listener.process));
    }
    holders
}

/// The ports that this process holds, each with what is said of it.
#[cfg(target_os = "linux")]
fn held_by(process: &procfs::process::Process, sockets: &BTreeMap<u64, u16>) -> Vec<(u16, Listener)> {
    let held = ports_of(process, sockets);
    let known = || {
        let program = process.stat().ok().filter(|_| !held.is_empty())?.comm;
        Some(Listener { program, process: process.pid, since: began(process)? })
    };
    let Some(listener) = known() else { return Vec::new() };
    held.into_iter().map(|port| (port, listener.clone())).collect()
}

#[cfg(target_os = "linux")]
fn ports_of(process: &procfs::process::Process, sockets: &BTreeMap<u64, u16>) -> BTreeSet<u16> {
    let port = |descriptor: procfs::process::FDInfo| match descriptor.target {
        procfs::process::FDTarget::Socket(inode) => sockets.get(&inode).copied(),
        _ => None,
    };
    process.fd().into_iter().flatten().flatten().filter_map(port).collect()
}

#[cfg(target_os = "linux")]
fn began(process: &procfs::process::Process) -> Option<OffsetDateTime> {
    let after_boot = process.stat().ok()?.starttime.checked_div(procfs::ticks_per_second())?;
    let seconds = procfs::boot_time_secs().ok()?.checked_add(after_boot)?;
    OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()
}

#[cfg(target_os = "linux")]
fn sockets(ports: &BTreeSet<u16>) -> BTreeMap<u64, u16> {
    let tables = [procfs::net::tcp(), procfs::net::tcp6()].into_iter().flatten().flatten();
    let listening = tables.filter(|entry| entry.state == procfs::net::TcpState::Listen);
    let sockets = listening.map(|entry| (entry.inode, entry.local_address.port()));
    sockets.filter(|(_, port)| ports.contains(port)).collect()
}

#[cfg(not(target_os = "linux"))]
fn listeners(ports: &BTreeSet<u16>) -> BTreeMap<u16, Seen> {
    ports.iter().map(|port| (*port, Err(ServerUnknown::OnlyLinux))).collect()
}
