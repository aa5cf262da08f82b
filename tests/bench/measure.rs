//! What a command takes.

use std::process::{Command, Stdio};

/// Prints CPU seconds, wall seconds and the largest memory (KiB) of a command and all that it started. What its status says
/// of certificates is no failure; that it was not found, or killed, is one.
const WATCH: &str = "import os, subprocess, sys, time
began = time.monotonic()
child = subprocess.Popen(['bash', '-c', 'ulimit -S -n 1024; { ' + sys.argv[1] + '; } >/dev/null 2>&1'])
_, status, used = os.wait4(child.pid, 0)
wall = time.monotonic() - began
assert os.waitstatus_to_exitcode(status) < 126, status
print(used.ru_utime + used.ru_stime, wall, used.ru_maxrss)";

/// User and system time and wall time in milliseconds, and MiB of memory.
pub(crate) fn measure(command: &str) -> (f64, f64, f64) {
    let output = Command::new("python3").args(["-c", WATCH, command]).stdin(Stdio::null()).output().expect("python3");
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [cpu, wall, kib] = numbers[..] else { unreachable!("`{command}` was not measured: {text}") };
    (cpu * 1000.0, wall * 1000.0, kib / 1024.0)
}
