//! `init --from`: what another tool watches, as a policy.

mod blackbox;
mod certspotter;
mod check_ssl_cert;
mod domain_admin;
mod import;
mod lines;
mod modules;
mod ssl_cert_check;
mod uptime_kuma;
mod written;
mod yaml;

use std::io::{self, Read as _};
use std::path::Path;

use certnotify::cause::ReadError;
use certnotify::disk::open_readable;
use certnotify::text::untrusted::clean;

pub(super) use self::import::Import;
pub(super) use self::written::{policy, said};
use crate::cli::exit::advised;

/// Longer than what any of these tools writes.
const LARGEST: u64 = 16 * 1024 * 1024;

// Each has an ordinary comment: a documented value would spread the help of every option over two lines.
/// The tool that wrote the file.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Source {
    // The JSON of its backup
    UptimeKuma,
    // Its command lines, in a shell script, a crontab or the configuration of Nagios, Icinga or NRPE
    CheckSslCert,
    // The file of its option -f: a host and a port a line
    SslCertCheck,
    // The CSV that it exports, or a domain a line
    DomainAdmin,
    // Its watch list
    Certspotter,
    // prometheus.yml, files of targets (YAML or JSON), and blackbox.yml
    Blackbox,
}

/// One file, as it was named.
struct Input {
    name: String,
    text: String,
}

/// An IPv6 address in brackets does not.
fn begins_as_json(text: &str) -> bool {
    match text.trim_start().strip_prefix('[') {
        Some(rest) => rest.trim_start().starts_with(['{', '[', ']', '"']),
        None => text.trim_start().starts_with('{'),
    }
}

/// Reads every file of a tool.
pub(super) fn read(source: Source, files: &[String]) -> anyhow::Result<Import> {
    if files.is_empty() {
        return Err(advised("--from reads a file, and none is named", "certnotify init --from FORMAT FILE"));
    }
    let inputs = files.iter().map(|file| input(file)).collect::<anyhow::Result<Vec<Input>>>()?;
    let is_of_lines = matches!(source, Source::SslCertCheck | Source::DomainAdmin | Source::Certspotter);
    if let Some(input) = inputs.iter().find(|input| is_of_lines && begins_as_json(&input.text)) {
        let help = "the JSON of Uptime Kuma is read by --from uptime-kuma, that of Prometheus by --from blackbox";
        return Err(advised(format!("`{}` is JSON, and none is expected", input.name), help));
    }
    let mut import = Import::default();
    match source {
        Source::Blackbox => blackbox::read(&inputs, &mut import)?,
        Source::UptimeKuma => inputs.iter().try_for_each(|input| uptime_kuma::read(input, &mut import))?,
        Source::DomainAdmin => inputs.iter().try_for_each(|input| domain_admin::read(input, &mut import))?,
        Source::CheckSslCert => inputs.iter().for_each(|input| check_ssl_cert::read(input, &mut import)),
        Source::SslCertCheck => inputs.iter().for_each(|input| ssl_cert_check::read(input, &mut import)),
        Source::Certspotter => inputs.iter().for_each(|input| certspotter::read(input, &mut import)),
    }
    import.drop_invalid_keys();
    import.settle_names();
    if import.items.is_empty() {
        let first = import.notes.first().map_or_else(|| "it holds nothing".to_owned(), Clone::clone);
        return Err(advised(
            format!("nothing was found that certnotify can watch: {first}"),
            "--from names the tool that wrote the file: certnotify init --help lists them",
        ));
    }
    Ok(import)
}

fn bytes_of(file: &str) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    if file == "-" {
        io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)?;
    } else {
        open_readable(Path::new(file), false)?.0.take(LARGEST + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > LARGEST { Err(ReadError::TooLarge) } else { Ok(bytes) }
}

fn input(file: &str) -> anyhow::Result<Input> {
    let name = if file == "-" { "standard input".to_owned() } else { clean(file) };
    let bytes = bytes_of(file).map_err(|error| match error {
        ReadError::TooLarge => {
            let help = "divide it, and name its parts one after another";
            advised(format!("`{name}` is longer than {} MiB", LARGEST >> 20), help)
        }
        error => {
            let help = "name the file that the other tool reads or has written; `-` is standard input";
            advised(format!("`{name}` cannot be read: {error}"), help)
        }
    })?;
    let text = String::from_utf8(bytes).map_err(|wrong| {
        let before = wrong.as_bytes().get(..wrong.utf8_error().valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        advised(format!("{name}:{line}: this is no UTF-8"), "save the file in UTF-8")
    })?;
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    Ok(Input { name, text })
}
