//! `certnotify --version`: what was built from what.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn certnotify(arguments: &[&str]) -> Output {
    let program = assert_cmd::cargo::cargo_bin!("certnotify");
    Command::new(program).args(arguments).env("HOME", "/nonexistent").env_remove("TZDIR").output().unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_version_names_the_commit_the_tls_library_and_the_zones() {
    let said = text(&certnotify(&["--version"]));
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], format!("certnotify {}", env!("CARGO_PKG_VERSION")));
    assert!(lines[1].starts_with("commit: "), "{said}");
    assert!(lines[2].starts_with("TLS: rustls 0.") && lines[2].contains(" with ring 0."), "{said}");
    assert!(lines[3].starts_with("time zones: ") && lines.len() == 4, "{said}");
    assert_eq!(text(&certnotify(&["-V"])), said);
}

#[test]
fn the_version_in_json_has_the_same_facts() {
    for arguments in [["--version", "--format", "json"], ["--format", "json", "--version"]] {
        let said: Value = serde_json::from_str(&text(&certnotify(&arguments))).unwrap();
        assert_eq!(said["version"], env!("CARGO_PKG_VERSION"));
        assert!(said["commit"].is_null() || said["commit"].as_str().unwrap().len() >= 7, "{said}");
        assert!(said["tls"].as_str().unwrap().starts_with("rustls 0."), "{said}");
        let source = said["tzdata"]["source"].as_str().unwrap();
        assert!(source == "bundled" || Path::new(source).join("Europe/London").exists(), "{said}");
    }
}

#[test]
fn the_version_with_anything_else_is_a_command_line_as_before() {
    let output = certnotify(&["--version", "--format", "xml"]);
    assert_eq!(text(&output), format!("certnotify {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(certnotify(&["--format", "json"]).status.code(), Some(3));
}

/// The build script with a package folder of its own, as cargo would run it.
fn build_script(root: &Path, profile: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/version/build.rs");
    let program = root.join("build-script");
    let compiled = Command::new("rustc").args(["--edition", "2024", "-o"]).arg(&program).arg(script).status().unwrap();
    assert!(compiled.success());
    let output = Command::new(&program)
        .env("CARGO_MANIFEST_DIR", root)
        .env("PROFILE", profile)
        .env_remove("CERTNOTIFY_COMMIT")
        .env("PATH", "")
        .output()
        .unwrap();
    text(&output)
}

#[test]
fn the_commit_is_that_of_the_repository_or_of_the_package_or_none() {
    const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";
    let folder = tempfile::tempdir().unwrap();
    let (root, write) = (folder.path(), |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    });
    let none = "CERTNOTIFY_COMMIT=\n";
    assert!(build_script(root, "release").contains(none));
    write(".git/HEAD", "ref: refs/heads/main\n");
    write(".git/packed-refs", &format!("# pack-refs\n{HEAD} refs/heads/main\n"));
    let right = format!("CERTNOTIFY_COMMIT={HEAD}\n");
    assert!(build_script(root, "release").contains(&right));
    assert!(build_script(root, "debug").contains(none), "a development build does not follow commits");
    write(".git/HEAD", "ref: refs/heads/main; rm -rf\n");
    assert!(build_script(root, "release").contains(none));
    std::fs::remove_dir_all(root.join(".git")).unwrap();
    write("shared/refs/heads/work", HEAD);
    write("worktree/HEAD", "ref: refs/heads/work\n");
    write("worktree/commondir", "../shared\n");
    write(".git", "gitdir: worktree\n");
    assert!(build_script(root, "release").contains(&right));
    std::fs::remove_file(root.join(".git")).unwrap();
    write(".cargo_vcs_info.json", &format!("{{\"git\": {{\"sha1\": \"{HEAD}\"}}, \"path_in_vcs\": \"\"}}"));
    assert!(build_script(root, "debug").contains(&right));
}
