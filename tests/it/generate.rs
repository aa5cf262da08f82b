//! `certnotify generate`: completions in the shells that read them, man pages, the schema.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use assert_cmd::Command;

const COMMANDS: [&str; 12] =
    ["run", "check", "plan", "history", "event", "fetch", "inbox", "snooze", "test", "validate", "init", "generate"];

struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

/// The program in a home without a policy file.
fn generate(arguments: &[&str]) -> Said {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("certnotify"))
        .arg("generate")
        .args(arguments)
        .env_clear()
        .env("HOME", "/nonexistent")
        .current_dir("/")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// What a program of this machine says; nothing where the machine lacks it.
fn said_by(program: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program).args(arguments).output().ok()?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    Some(said)
}

fn completions(shell: &str, directory: &Path) -> String {
    let said = generate(&["completions", shell]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    let file = directory.join(shell);
    fs::write(&file, said.stdout).unwrap();
    file.display().to_string()
}

#[test]
fn bash_completes_commands_options_and_their_values() {
    let directory = tempfile::tempdir().unwrap();
    let file = completions("bash", directory.path());
    let completed = |words: &str, last: usize| {
        let script = format!(
            "set -eu; . '{file}'; complete -p certnotify >/dev/null; COMP_WORDS=({words}); COMP_CWORD={last}; \
             _certnotify certnotify \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{last}-1]}}\" || true; \
             echo \"${{COMPREPLY[@]}}\""
        );
        said_by("bash", &["--norc", "--noprofile", "-c", &script]).expect("bash")
    };
    assert_eq!(completed("certnotify val", 1).trim(), "validate");
    let commands = completed("certnotify ''", 1);
    for command in COMMANDS {
        assert!(commands.split_whitespace().any(|word| word == command), "{command}: {commands}");
    }
    assert_eq!(completed("certnotify check --check-rev", 2).trim(), "--check-revocation");
    assert!(completed("certnotify check --format ''", 3).contains("prometheus"));
    assert_eq!(completed("certnotify generate completions fi", 3).trim(), "fish");
}

#[test]
fn zsh_and_fish_load_their_completions() {
    let directory = tempfile::tempdir().unwrap();
    let file = completions("zsh", directory.path());
    let script = format!("autoload -U compinit; compinit -u -D; . '{file}'; print $_comps[certnotify]");
    if let Some(said) = said_by("zsh", &["-f", "-c", &script]) {
        assert_eq!(said.trim(), "_certnotify");
    }
    let file = completions("fish", directory.path());
    let script = format!("source '{file}'; complete -C 'certnotify val'");
    if let Some(said) = said_by("fish", &["--no-config", "-c", &script]) {
        assert!(said.starts_with("validate\t"), "{said}");
    }
}

#[test]
fn every_shell_is_given_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "nushell"] {
        let said = generate(&["completions", shell]);
        assert_eq!(said.code, 0, "{shell}: {}", said.stderr);
        for command in COMMANDS {
            assert!(said.stdout.contains(command), "{shell}: {command}");
        }
        assert!(said.stdout.contains("check-revocation"), "{shell}");
    }
}

#[test]
fn a_directory_is_given_the_file_name_that_the_shell_looks_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().display().to_string();
    for shell in ["bash", "zsh", "fish", "powershell", "nushell"] {
        assert_eq!(generate(&["completions", shell, "--output", &path]).code, 0, "{shell}");
    }
    let files = fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let right = ["_certnotify", "_certnotify.ps1", "certnotify", "certnotify.fish", "certnotify.nu"];
    assert_eq!(files.collect::<BTreeSet<_>>(), right.map(str::to_owned).into());
    let file = directory.path().join("own-name").display().to_string();
    assert_eq!(generate(&["schema", "--output", &file]).code, 0);
    assert_eq!(fs::read_to_string(file).unwrap(), generate(&["schema"]).stdout);
}

#[test]
fn every_command_has_a_page_with_its_options_and_mandoc_takes_it() {
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("a/man");
    let path = pages.display().to_string();
    let said = generate(&["man", "--output", &path]);
    assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (0, "", ""));
    let mut names: Vec<String> = COMMANDS.iter().map(|command| format!("certnotify-{command}.1")).collect();
    names.extend(["certnotify.1", "certnotify-policies.5", "certnotify-generate-schema.1"].map(str::to_owned));
    for name in names {
        let text = fs::read_to_string(pages.join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(text.starts_with(".TH \"CERTNOTIFY") && text.contains("SEE ALSO"), "{name}");
        let file = pages.join(&name).display().to_string();
        if let Some(said) = said_by("mandoc", &["-T", "lint", "-W", "error", &file]) {
            assert_eq!(said, "", "{name}");
        }
    }
    let check = fs::read_to_string(pages.join("certnotify-check.1")).unwrap();
    assert!(check.contains(r"\-\-check\-revocation") && check.contains("EXIT STATUS"), "{check}");
}

#[test]
fn the_page_of_the_policy_file_has_every_key() {
    let page = generate(&["man", "policies"]);
    assert_eq!(page.code, 0, "{}", page.stderr);
    for table in certnotify::policy::keys::TABLES {
        for key in table.keys {
            let name = key.name.replace('-', r"\-");
            assert!(page.stdout.contains(&format!("\\fB{name} =\\fR")), "{}: {}", table.title, key.name);
        }
    }
    for channel in certnotify::policy::keys::channels() {
        assert!(page.stdout.contains(&format!("{} of a contact", channel.name)), "{}", channel.name);
    }
}

#[test]
fn the_same_version_generates_the_same_bytes() {
    for arguments in [&["completions", "zsh"][..], &["man"], &["man", "policies"], &["schema"]] {
        let (one, other) = (generate(arguments), generate(arguments));
        assert!(!one.stdout.is_empty() && one.stdout == other.stdout, "{arguments:?}");
    }
}

#[test]
fn what_cannot_be_generated_is_a_failure_with_its_place() {
    let said = generate(&["completions", "csh"]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("possible values: bash, zsh, fish, powershell, nushell"), "{}", said.stderr);
    let said = generate(&["man", "polices"]);
    assert_eq!((said.code, said.stdout.as_str()), (3, ""));
    assert!(
        said.stderr.contains("there is no page `polices`") && said.stderr.contains("`policies`"),
        "{}",
        said.stderr
    );
    for arguments in [&["man", "--output", "/dev/null/man"][..], &["schema", "--output", "/nonexistent/x.json"]] {
        let said = generate(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (3, ""), "{arguments:?}");
        assert!(said.stderr.contains(arguments[2]), "{}", said.stderr);
    }
}

#[test]
fn the_program_writes_the_schema_that_the_library_has() {
    let said = generate(&["schema"]);
    let schema: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(schema, certnotify::policy::schema());
}
