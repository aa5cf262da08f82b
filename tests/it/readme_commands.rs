//! The commands that the README has people type: each is one, with options that it takes.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// Every `certnotify …` in the blocks of shell commands, without its comment and what stands behind a `|`, `>` or `&&`.
fn typed(readme: &str) -> Vec<Vec<String>> {
    let blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines).map(|line| line.split(" #").next().unwrap_or(line).to_owned());
    let parts = lines
        .flat_map(|line| line.replace("&&", "|").replace(';', "|").split('|').map(str::to_owned).collect::<Vec<_>>());
    let mut typed = Vec::new();
    for part in parts {
        let words: Vec<&str> = part.split(['>', '<']).next().unwrap_or("").split_whitespace().collect();
        let is_program = |word: &&str| *word == "certnotify" || word.ends_with("/certnotify");
        let at = words.iter().position(is_program).filter(|at| *at == 0 || words[at - 1] == "root");
        if let Some(at) = at {
            let end = |word: &str| word.trim_matches('\'').to_owned();
            typed.push(words[at + 1..].iter().map(|word| end(word)).collect());
        }
    }
    typed
}

fn help(command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_certnotify")).args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "certnotify {}", command.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_of_the_readme_takes_the_options_that_it_is_given() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let typed = typed(&readme);
    assert!(typed.len() > 30, "only {} commands were found", typed.len());
    let mut known: HashMap<Vec<&str>, String> = HashMap::new();
    for words in &typed {
        let (mut command, mut options) = (Vec::new(), Vec::new());
        for word in words {
            match word.as_str() {
                option if option.starts_with("--") => options.push(option.split('=').next().unwrap()),
                name if command.is_empty() => command.push(name),
                name if matches!(command[..], ["state" | "generate"]) && !name.starts_with('-') => command.push(name),
                _ => {}
            }
        }
        let help = known.entry(command.clone()).or_insert_with(|| help(&command));
        for option in options {
            let is_taken = help.split_whitespace().any(|word| word.trim_end_matches(',') == option);
            assert!(is_taken, "certnotify {} has no {option}", command.join(" "));
        }
    }
}
