//! The hooks of `examples/hooks`, each in the environment that its program documents.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use certnotify::event::{About, EventKind, Evidence, Report};
use certnotify::record::Spool;
use tempfile::TempDir;

const BINARY: &str = "/usr/local/bin/certnotify";
const POLICIES: &str = "/etc/certnotify/policies.toml";

fn example(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)).unwrap()
}

/// A machine of its own, with the hooks installed as they stand: where one names the program, the policy file or another
/// hook by its absolute path, that path leads into the folder.
struct Machine(TempDir);

impl Machine {
    /// The policy file has a mistake, so nothing is told at once.
    fn new() -> Self {
        let machine = Self(TempDir::new().unwrap());
        fs::write(machine.0.path().join("policies.toml"), "unfinished").unwrap();
        machine
    }

    fn moved(&self, text: &str) -> String {
        let policies = self.0.path().join("policies.toml");
        text.replace(BINARY, env!("CARGO_BIN_EXE_certnotify")).replace(POLICIES, policies.to_str().unwrap())
    }

    fn install(&self, name: &str) -> PathBuf {
        let installed = self.0.path().join(name);
        fs::write(&installed, self.moved(&example(&format!("hooks/{name}")))).unwrap();
        installed
    }

    fn script(&self, name: &str) -> Command {
        let mut command = Command::new("sh");
        command.arg(self.install(name));
        command
    }

    /// Runs `program` with this environment and the path of cron; what was put down.
    fn reports(&self, program: &mut Command, environment: &[(&str, &str)]) -> Vec<Report> {
        let state = self.0.path().join("state.json");
        let output = program
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
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
}

/// What a hook puts down on a machine of its own.
fn reports(name: &str, environment: &[(&str, &str)]) -> Vec<Report> {
    let machine = Machine::new();
    machine.reports(&mut machine.script(name), environment)
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
    let report = only(&reports("certbot-deploy.sh", &environment), EventKind::Hosting, "certbot");
    assert_eq!(report.about, Some(path("/etc/letsencrypt/live/example.com")));
}

#[test]
fn certbot_tells_of_each_name_that_it_could_not_renew_and_of_none_where_all_went_well() {
    let environment = [("FAILED_DOMAINS", "a.example.com *.example.com"), ("RENEWED_DOMAINS", "b.example.com")];
    let told = reports("certbot-post.sh", &environment);
    let about: Vec<_> = told.iter().map(|report| (report.kind, report.about.clone())).collect();
    let failed = |wanted| (EventKind::HostingFailure, Some(name(wanted)));
    assert_eq!(about, [failed("*.example.com"), failed("a.example.com")]);
    let well = [("FAILED_DOMAINS", ""), ("RENEWED_DOMAINS", "b.example.com")];
    assert_eq!(reports("certbot-post.sh", &well), []);
}

#[test]
fn acme_sh_tells_of_a_renewal_by_the_first_name() {
    let environment = [
        ("Le_Domain", "example.com"),
        ("CERT_PATH", "/root/.acme.sh/example.com_ecc/example.com.cer"),
        ("CERT_FULLCHAIN_PATH", "/root/.acme.sh/example.com_ecc/fullchain.cer"),
    ];
    let report = only(&reports("acme-sh-renew.sh", &environment), EventKind::Hosting, "acme.sh");
    assert_eq!(report.about, Some(name("example.com")));
}

#[test]
fn acme_sh_tells_of_failures_and_not_of_success() {
    let send = |status: &str| {
        let line = format!(". \"$HOOK\"; certnotify_send 'Renew error' 'line one\nline two' {status}");
        let machine = Machine::new();
        let file = machine.install("acme-sh-notify.sh");
        machine.reports(Command::new("sh").arg("-c").arg(line), &[("HOOK", file.to_str().unwrap())])
    };
    let report = only(&send("1"), EventKind::HostingFailure, "acme.sh");
    assert_eq!(report.message.as_deref(), Some("Renew error: line one line two"));
    assert_eq!((send("0"), send("2")), (Vec::new(), Vec::new()));
}

#[test]
fn lego_tells_of_the_file_that_it_was_first_issued_or_renewed() {
    let environment = [
        ("LEGO_ACCOUNT_EMAIL", "ops@example.com"),
        ("LEGO_CERT_DOMAIN", "example.com"),
        ("LEGO_CERT_PATH", "/var/lib/lego/certificates/example.com.crt"),
        ("LEGO_CERT_KEY_PATH", "/var/lib/lego/certificates/example.com.key"),
    ];
    for (hook, kind) in [("lego-run.sh", EventKind::Issuance), ("lego-deploy.sh", EventKind::Hosting)] {
        let report = only(&reports(hook, &environment), kind, "lego");
        assert_eq!(report.about, Some(path("/var/lib/lego/certificates/example.com.crt")));
    }
}

#[test]
fn caddy_tells_of_what_it_obtained_and_of_what_it_could_not() {
    let text = example("hooks/Caddyfile");
    for (event, kind) in [("cert_obtained", EventKind::Hosting), ("cert_failed", EventKind::HostingFailure)] {
        let start = format!("on {event} exec /usr/bin/sudo -n /etc/certnotify/caddy-event.sh ");
        let (_, line) = text.lines().find_map(|line| line.split_once(&start)).expect("the line of the event");
        // The module replaces the placeholder in each argument and runs the program without a shell.
        let words = line.split_whitespace().map(|word| word.replace("{event.data.identifier}", "*.example.com"));
        let machine = Machine::new();
        let told = machine.reports(machine.script("caddy-event.sh").args(words), &[]);
        assert_eq!(only(&told, kind, "caddy").about, Some(name("*.example.com")));
    }
}

#[test]
fn what_caddy_may_run_as_root_takes_no_other_command_and_no_option() {
    let machine = Machine::new();
    let output = machine.script("caddy-event.sh").args(["run", "example.com"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let words = ["renewed", "--policies=/home/caddy/policies.toml", "--state=/home/caddy/state.json"];
    let told = machine.reports(machine.script("caddy-event.sh").args(words), &[]);
    let report = only(&told, EventKind::Hosting, "caddy");
    assert_eq!(report.about, Some(name("--policies=/home/caddy/policies.toml")), "{report:?}");
}

#[test]
fn systemd_tells_of_the_unit_that_failed() {
    let text = example("hooks/certnotify-failed@.service");
    let line = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap().replace("%i", "certbot.service");
    let machine = Machine::new();
    let told = machine.reports(Command::new("sh").arg("-c").arg(format!("exec {}", machine.moved(&line))), &[]);
    let report = only(&told, EventKind::HostingFailure, "systemd");
    assert_eq!(report.message.as_deref(), Some("certbot.service has failed: journalctl -u certbot.service"));
}

/// What the lines of a unit give `key`.
fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

#[test]
fn both_units_share_the_memory_as_one_user_that_is_not_root() {
    let (run, failed) = (example("deploy/certnotify.service"), example("hooks/certnotify-failed@.service"));
    for key in [
        "User",
        "DynamicUser",
        "StateDirectory",
        "StateDirectoryMode",
        "UMask",
        "LoadCredential",
        "CapabilityBoundingSet",
    ] {
        assert_eq!(values(&run, key), values(&failed, key), "{key}");
    }
    assert_eq!((values(&run, "User"), values(&run, "DynamicUser")), (vec!["certnotify"], vec!["yes"]));
}

#[test]
fn a_credential_that_is_missing_keeps_no_unit_from_starting() {
    for unit in ["deploy/certnotify.service", "hooks/certnotify-failed@.service"] {
        let text = example(unit);
        let loaded = values(&text, "LoadCredential");
        assert!(!loaded.is_empty(), "{unit}");
        for credential in loaded {
            let (id, _) = credential.split_once(':').unwrap();
            // An empty value is none to systemd; a line without a word is an empty secret to certnotify.
            assert!(values(&text, "SetCredential").contains(&format!("{id}:\\n").as_str()), "{unit}: {id}");
        }
    }
}

#[test]
fn the_examples_for_ci_install_from_a_repository_and_not_from_a_registry() {
    for file in ["deploy/github-actions.yml", "deploy/gitlab-ci.yml"] {
        let text = example(file);
        let lines: Vec<_> = text.lines().filter(|line| line.contains("cargo install")).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| line.contains("--git ")), "{file}: {lines:?}");
    }
}
