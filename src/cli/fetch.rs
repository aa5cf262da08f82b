//! `certnotify fetch`: the chain that an endpoint serves, as PEM.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use certnotify::certificate::{Certificate, CertificateWithDer, to_pem};
use certnotify::event::{About, EventKind, Evidence, Report};
use certnotify::observe;
use certnotify::policy::{Endpoint, EndpointOptions, Zone};
use certnotify::record::Spool;
use certnotify::render::shell_word;
use certnotify::render::untrusted::clean;
use time::OffsetDateTime;

use super::check::time_limit;
use super::exit::advised;
use super::memory::{self, Memory};
use super::reach::server_name;
use super::{Exit, Global, advice, inputs, machine_zone, output, sink};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  certnotify fetch www.example.com                            the chain, leaf first
  certnotify fetch www.example.com --leaf-only --text         facts to read before the block
  certnotify fetch mail.example.com:465 --output mail.pem     replaced in one step
  certnotify fetch www.example.com --connect 192.0.2.7        of one server of several

The chain is written whatever is wrong with it: nothing is verified. Of a certificate that the
policy file watches it is an event, business.download, for whoever subscribed to it.

Exit codes: 0 done; 1 the chain was written, but its event could not be put down; 3 no chain.")]
pub(crate) struct Args {
    /// HOST or HOST:PORT, or by scheme: `smtp://mail.example.com`
    #[arg(value_name = "HOST[:PORT]", value_parser = Endpoint::from_str)]
    endpoint: Endpoint,
    /// Write to a file instead, replaced in one step
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only the certificate of the host, without those of its issuers
    #[arg(long)]
    leaf_only: bool,
    /// Facts to read before each block; the file stays PEM
    #[arg(long)]
    text: bool,
    /// Ask for the certificate of this name
    #[arg(long, value_name = "NAME", value_parser = server_name)]
    server_name: Option<String>,
    /// Connect to this address instead: HOST or HOST:PORT
    #[arg(long, value_name = "ADDRESS", value_parser = Endpoint::from_str)]
    connect: Option<Endpoint>,
    /// Time limit, from the name to the last byte: 10s, 1m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time_limit)]
    timeout: Duration,
}

pub(crate) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    if let Some(refusal) = advice::on_port(global, &args.endpoint.written) {
        return Err(refusal);
    }
    let options = EndpointOptions {
        server_name: args.server_name.clone(),
        connect: args.connect.clone(),
        ignore_trust: true,
        ..EndpointOptions::default()
    };
    let chain = observe::served(&args.endpoint, &options, args.timeout).map_err(|failure| {
        let message = format!("endpoint `{}`: {}", clean(&args.endpoint.written), clean(&failure.message()));
        let look = || format!("certnotify check {}", shell_word(&clean(&args.endpoint.written)));
        let is_file = Path::new(&args.endpoint.written).is_file();
        let help =
            if is_file { Some(format!("a file has that name, and is looked at by: {}", look())) } else { failure.help };
        let help = help.unwrap_or_else(|| format!("try: {}", look()));
        advised(message, help)
    })?;
    if global.verbose {
        for parsed in std::iter::once(&chain.leaf).chain(&chain.rest) {
            output::problem(&in_short(&parsed.certificate), None);
        }
    }
    let rest = chain.rest.iter().filter(|_| !args.leaf_only);
    let text: String = std::iter::once(&chain.leaf).chain(rest).map(|parsed| block(parsed, args.text)).collect();
    match &args.output {
        Some(path) => sink::replace(path, |to| to.write_all(text.as_bytes()))
            .map_err(|error| sink::unwritten("chain", path, &error))?,
        None => sink::standard_output(|to| to.write_all(text.as_bytes()))?,
    }
    match note_download(&chain.leaf.certificate, args, global, now) {
        Ok(()) => Ok(Exit::Done),
        Err(problem) => {
            output::problem(&output::in_words(&problem), Some("the chain is written; the download is not told"));
            Ok(Exit::Partial)
        }
    }
}

/// Puts down that the chain of a watched certificate was saved; without a policy file nothing is watched.
fn note_download(leaf: &Certificate, args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<()> {
    if !inputs::has_policies(global) {
        return Ok(());
    }
    let Memory { policies, history, .. } = Memory::read(global, now)?;
    if !history.places.values().any(|place| place.fingerprint == leaf.fingerprint) {
        return Ok(());
    }
    let saved_to = args.output.as_deref().and_then(|path| inputs::absolute(path).ok());
    let report = Report {
        id: String::new(),
        kind: EventKind::Download,
        evidence: Evidence::Observed,
        at: now,
        about: Some(About::Fingerprint(leaf.fingerprint)),
        message: None,
        url: None,
        saved_to: saved_to.map(|path| path.to_string_lossy().into_owned()),
        issued: None,
    };
    let state = inputs::state_path(global, &policies)?;
    Spool::beside(&state).map_err(memory::refused)?.add(&report)?;
    Ok(())
}

fn block(parsed: &CertificateWithDer, has_text: bool) -> String {
    let pem = to_pem(&parsed.der);
    if has_text { facts(&parsed.certificate) + &pem } else { pem }
}

/// Lines that no reader of PEM takes for a block: each begins with its title.
fn facts(certificate: &Certificate) -> String {
    let zone = machine_zone::of_machine();
    let mut names = certificate.dns_names.clone();
    names.extend(certificate.ip_addresses.iter().map(ToString::to_string));
    let moment = |at: OffsetDateTime| {
        let is_utc = zone.local(at).offset().is_utc();
        if is_utc { in_utc(at) } else { format!("{} ({})", zone.minute(at), in_utc(at)) }
    };
    let lines = [
        ("subject", certificate.subject.to_string()),
        ("issuer", certificate.issuer.to_string()),
        ("names", names.join(", ")),
        ("not before", moment(certificate.not_before)),
        ("not after", moment(certificate.not_after)),
        ("serial", certificate.serial.clone()),
        ("key", key(certificate)),
        ("signature", certificate.signature_algorithm.to_string()),
        ("SHA-256", certificate.fingerprint.to_string()),
    ];
    let mut text = String::new();
    for (title, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "{title:<10}  {}", clean(&value));
    }
    text
}

/// One line, beside the PEM.
fn in_short(certificate: &Certificate) -> String {
    let (key, until) = (key(certificate), in_utc(certificate.not_after));
    clean(&format!("{}, by {}, {key}, until {until}", certificate.subject, certificate.issuer))
}

fn key(certificate: &Certificate) -> String {
    let bits = certificate.key.bits.map(|bits| format!(" {bits} bits")).unwrap_or_default();
    format!("{}{bits}", certificate.key.algorithm)
}

fn in_utc(at: OffsetDateTime) -> String {
    let at = Zone::UTC.local(at);
    format!("{} {:02}:{:02}:{:02} UTC", at.date(), at.hour(), at.minute(), at.second())
}
