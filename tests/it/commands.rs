//! The command line as data: every file of `tests/cli`, every block of the README, every policy that people copy.

use std::path::Path;
use std::process::Command;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The fenced blocks of a Markdown text that are in `language`.
fn blocks<'a>(markdown: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    markdown.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or(rest)).collect()
}

/// A piece of a policy file, with what it takes to be one.
fn whole(piece: &str) -> String {
    let mut text = piece.to_owned();
    if !piece.contains("[contacts.") {
        text.push_str("\n[contacts.ops]\nemail = \"ops@example.com\"\n");
    }
    if !piece.contains("[[certificates]]") {
        text.push_str("\n[[certificates]]\nendpoint = \"www.example.com\"\n");
    }
    text
}

/// What `validate` says against a policy; nothing where it is valid.
fn complaints(policy: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policies.toml");
    std::fs::write(&file, policy).unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_certnotify")).args(["validate", "--policies"]).arg(&file).output().unwrap();
    if output.status.code() == Some(0) { String::new() } else { String::from_utf8(output.stderr).unwrap() }
}

#[test]
fn every_command_line_does_what_its_file_says() {
    trycmd::TestCases::new()
        .env("TZ", "UTC")
        .env("COLUMNS", "100")
        .case("tests/cli/*.toml")
        .case("tests/cli/*.trycmd")
        .case("README.md");
}

#[test]
fn the_help_of_every_command_is_written_down() {
    let output = Command::new(env!("CARGO_BIN_EXE_certnotify")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let names = commands
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<_> = names.map(|line| line.split_whitespace().next().unwrap()).collect();
    assert!(names.contains(&"check"), "{names:?}");
    let written = read("tests/cli/help.trycmd");
    let missing = names.iter().filter(|name| !written.contains(&format!("$ certnotify {name} --help")));
    assert_eq!(missing.collect::<Vec<_>>(), <[&&str; 0]>::default());
}

#[test]
fn every_policy_of_the_readme_is_valid() {
    let readme = read("README.md");
    let policies = blocks(&readme, "toml");
    assert!(policies.len() >= 5, "the README has {} policies", policies.len());
    for policy in policies {
        assert_eq!(complaints(&whole(policy)), "", "{policy}");
    }
}

#[test]
fn the_policy_of_the_cron_job_in_a_cluster_is_valid() {
    let manifest = read("examples/deploy/kubernetes-cronjob.yaml");
    let (_, policy) = manifest.split_once("policies.toml: |\n").expect("the policy");
    assert_eq!(complaints(policy), "");
}

#[test]
fn what_is_no_policy_is_not_called_valid() {
    assert_ne!(complaints(&whole("[policies.default]\ndays = 30\n")), "");
}

/// Each line that starts certnotify in the files of `examples/deploy`, without the name of the program.
fn deployed_command_lines() -> Vec<(String, Vec<String>)> {
    let mut lines = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/deploy")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|file| file.unwrap().path()));
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let arguments = if let Some((_, arguments)) = line.split_once("args: ") {
                serde_json::from_str(arguments).unwrap()
            } else {
                let starts =
                    ["/usr/local/bin/certnotify ", "ExecStart=certnotify ", "- run: certnotify ", "- certnotify "];
                let Some(arguments) = starts.iter().find_map(|start| Some(line.split_once(start)?.1)) else { continue };
                arguments.split_whitespace().map(str::to_owned).collect()
            };
            lines.push((path.display().to_string(), arguments));
        }
    }
    lines
}

#[test]
fn every_command_line_of_the_deployed_files_is_understood() {
    let lines = deployed_command_lines();
    assert!(lines.len() >= 5, "{lines:?}");
    for (file, arguments) in lines {
        // `--help` after a word that is not understood is not reached.
        let output = Command::new(env!("CARGO_BIN_EXE_certnotify")).args(&arguments).arg("--help").output().unwrap();
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("Usage: certnotify"), "{file}: {arguments:?}");
    }
}
