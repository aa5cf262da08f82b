//! The hooks of `examples/hooks`, each in the environment that its program documents.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use certnotify::event::{About, EventKind, Evidence, Report};
use certnotify::record::Spool;
use tempfile::TempDir;

fn hook(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hooks").join(name)
}

/// Runs `program` with this environment and certnotify in its path; what was put down. The policy file has a mistake, so
/// nothing is told at once.
fn reports(program: &mut Command, environment: &[(&str, &str)]) -> Vec<Report> {
    let folder = TempDir::new().unwrap();
    let programs = folder.path().join("bin");
    fs::create_dir(&programs).unwrap();
    symlink(env!("CARGO_BIN_EXE_certnotify"), programs.join("certnotify")).unwrap();
    fs::write(folder.path().join("policies.toml"), "unfinished").unwrap();
    let state = folder.path().join("state.json");
    let output = program
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .env("CERTNOTIFY_POLICIES", folder.path().join("policies.toml"))
        .env("CERTNOTIFY_STATE", &state)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut reports, notices) = Spool::beside(&state).unwrap().read();
    assert_eq!(notices, []);
    reports.sort_by_key(|report| format!("{:?}", report.about));
    reports
}

fn script(name: &str) -> Command {
    Command::new(hook(name))
}

fn path(written: &str) -> About {
    About::Path { written: written.to_owned(), absolute: written.to_owned() }
}

fn name(name: &str) -> About {
    About::Name(name.to_owned())
}

/// The only report, of this kind and from this program.
fn only(reports: &[Report], kind: EventKind, by: &str) -> Report {
    let [report] = reports else { panic!("{reports:?}") };
    assert_eq!((report.kind, &report.evidence), (kind, &Evidence::Reported { by: by.to_owned() }));
    report.clone()
}

#[test]
fn certbot_tells_of_each_renewed_lineage() {
    let environment =
        [("RENEWED_LINEAGE", "/etc/letsencrypt/live/example.com"), ("RENEWED_DOMAINS", "example.com www.example.com")];
    let report = only(&reports(&mut script("certbot-deploy.sh"), &environment), EventKind::Hosting, "certbot");
    assert_eq!(report.about, Some(path("/etc/letsencrypt/live/example.com")));
}

#[test]
fn certbot_tells_of_each_name_that_it_could_not_renew_and_of_none_where_all_went_well() {
    let environment = [("FAILED_DOMAINS", "a.example.com *.example.com"), ("RENEWED_DOMAINS", "b.example.com")];
    let told = reports(&mut script("certbot-post.sh"), &environment);
    let about: Vec<_> = told.iter().map(|report| (report.kind, report.about.clone())).collect();
    let failed = |wanted| (EventKind::HostingFailure, Some(name(wanted)));
    assert_eq!(about, [failed("*.example.com"), failed("a.example.com")]);
    let well = [("FAILED_DOMAINS", ""), ("RENEWED_DOMAINS", "b.example.com")];
    assert_eq!(reports(&mut script("certbot-post.sh"), &well), []);
}

#[test]
fn acme_sh_tells_of_a_renewal_by_the_first_name() {
    let environment = [
        ("Le_Domain", "example.com"),
        ("CERT_PATH", "/root/.acme.sh/example.com_ecc/example.com.cer"),
        ("CERT_FULLCHAIN_PATH", "/root/.acme.sh/example.com_ecc/fullchain.cer"),
    ];
    let report = only(&reports(&mut script("acme-sh-renew.sh"), &environment), EventKind::Hosting, "acme.sh");
    assert_eq!(report.about, Some(name("example.com")));
}

#[test]
fn acme_sh_tells_of_failures_and_not_of_success() {
    let send = |status: &str| {
        let line = format!(". \"$HOOK\"; certnotify_send 'Renew error' 'line one\nline two' {status}");
        let file = hook("acme-sh-notify.sh");
        reports(Command::new("sh").arg("-c").arg(line), &[("HOOK", file.to_str().unwrap())])
    };
    let report = only(&send("1"), EventKind::HostingFailure, "acme.sh");
    assert_eq!(report.message.as_deref(), Some("Renew error: line one line two"));
    assert_eq!((send("0"), send("2")), (Vec::new(), Vec::new()));
}

#[test]
fn lego_tells_of_the_file_that_it_renewed() {
    let environment = [
        ("LEGO_ACCOUNT_EMAIL", "ops@example.com"),
        ("LEGO_CERT_DOMAIN", "example.com"),
        ("LEGO_CERT_PATH", "/var/lib/lego/certificates/example.com.crt"),
        ("LEGO_CERT_KEY_PATH", "/var/lib/lego/certificates/example.com.key"),
    ];
    let report = only(&reports(&mut script("lego-deploy.sh"), &environment), EventKind::Hosting, "lego");
    assert_eq!(report.about, Some(path("/var/lib/lego/certificates/example.com.crt")));
}

#[test]
fn caddy_tells_of_what_it_obtained_and_of_what_it_could_not() {
    let text = fs::read_to_string(hook("Caddyfile")).unwrap();
    for (event, kind) in [("cert_obtained", EventKind::Hosting), ("cert_failed", EventKind::HostingFailure)] {
        let start = format!("on {event} exec ");
        let (_, line) = text.lines().find_map(|line| line.split_once(&start)).expect("the line of the event");
        // The module replaces the placeholder in each argument and runs the program without a shell.
        let words = line.split_whitespace().map(|word| word.replace("{event.data.identifier}", "*.example.com"));
        let words: Vec<String> = words.collect();
        assert_eq!(words[0], "certnotify");
        let report =
            only(&reports(Command::new(env!("CARGO_BIN_EXE_certnotify")).args(&words[1..]), &[]), kind, "caddy");
        assert_eq!(report.about, Some(name("*.example.com")));
    }
}

#[test]
fn systemd_tells_of_the_unit_that_failed() {
    let text = fs::read_to_string(hook("certnotify-failed@.service")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/certnotify ")).unwrap();
    let line = format!("exec certnotify {}", line.replace("%i", "certbot.service"));
    let report = only(&reports(Command::new("sh").arg("-c").arg(line), &[]), EventKind::HostingFailure, "systemd");
    assert_eq!(report.message.as_deref(), Some("certbot.service has failed: journalctl -u certbot.service"));
}
