//! A program of this machine, run under one deadline: what it is given to read, how it ended, and what it printed.

pub mod launcher;
mod output;

use std::collections::BTreeSet;
use std::io::{self, PipeReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::cause::{ProgramEnd, ProgramError, SystemError};
use crate::net::connect_error;
use output::{Kept, ProgramOutput};

/// How a program ended, and the end of what it said: not yet fit to be shown.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) end: ProgramEnd,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Ended {
    /// What it said last: of what went wrong, else of anything.
    pub(crate) fn said(&self) -> String {
        let of = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        Some(of(&self.stderr)).filter(|said| !said.is_empty()).unwrap_or_else(|| of(&self.stdout))
    }
}

/// Of each of the two outputs, the last bytes are kept.
const LAST_WORDS: usize = 4096;

/// How long what was killed may take to be gone: what the kernel cannot stop is not waited for.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// The variables of a program, beside those of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variables<'a> {
    pub(crate) added: &'a [(String, String)],
    /// It is not given these of this process.
    pub(crate) withheld: &'a BTreeSet<String>,
}

/// Runs `argv`, without a shell, with `variables` and with `stdin` to read. It need not read it. What it leaves running when it ends is left alone and not waited for.
///
/// # Errors
/// There is no such program, it cannot be executed, or it was killed after `limit`.
pub(crate) fn run(
    argv: &[String],
    variables: Variables<'_>,
    stdin: &[u8],
    limit: Duration,
) -> Result<Ended, ProgramError> {
    let ended = run_there_or_here(Call { kept: Kept::Last(LAST_WORDS), argv, variables, stdin, limit })?;
    ended.ok_or_else(|| ProgramError::TimedOut { program: argv.first().cloned().unwrap_or_default(), limit })
}

/// The same for a program that is given nothing to read: all that it prints. One that prints more than `most` bytes is
/// killed, and shows nothing.
pub(crate) fn output(
    argv: &[String],
    variables: Variables<'_>,
    most: usize,
    limit: Duration,
) -> Result<Option<Ended>, ProgramError> {
    run_there_or_here(Call { kept: Kept::Whole { most }, argv, variables, stdin: &[], limit })
}

/// A program with all that it is given.
#[derive(Clone, Copy, Debug)]
struct Call<'a> {
    kept: Kept,
    argv: &'a [String],
    variables: Variables<'a>,
    stdin: &'a [u8],
    limit: Duration,
}

fn run_there_or_here(call: Call<'_>) -> Result<Option<Ended>, ProgramError> {
    launcher::run_there(call).unwrap_or_else(|| run_here(call))
}

/// The same, started by this process.
fn run_here(Call { kept, argv, variables, stdin, limit }: Call<'_>) -> Result<Option<Ended>, ProgramError> {
    let deadline = Instant::now() + limit;
    let program = argv.first().cloned().unwrap_or_default();
    let failed = |error: io::Error| ProgramError::System { program: program.clone(), error: system_error(&error) };
    let mut child = start(argv, variables, deadline).map_err(|error| why_not(&program, &error))?;
    let mut is_too_much = false;
    let ended = Conversation::with(&mut child, stdin, kept).and_then(|mut conversation| {
        let is_over = conversation.hold(deadline)?;
        is_too_much = conversation.stdout.is_too_much();
        if !is_over {
            kill(&child)?;
            conversation.await_end(Instant::now() + LAST_BREATH)?;
        }
        Ok(is_over.then_some((conversation.stdout.kept, conversation.stderr.kept)))
    });
    if ended.is_err() {
        kill(&child).map_err(failed)?;
    }
    // Where it could not be killed there is nothing to collect yet.
    let status = child.try_wait().map_err(failed)?;
    match (ended.map_err(failed)?, status) {
        _ if is_too_much => Ok(None),
        (Some((stdout, stderr)), Some(status)) => Ok(Some(Ended { end: end(status), stdout, stderr })),
        _ => Err(ProgramError::TimedOut { program, limit }),
    }
}

fn start(argv: &[String], variables: Variables<'_>, deadline: Instant) -> io::Result<Child> {
    let (program, arguments) = argv.split_first().ok_or(io::ErrorKind::NotFound)?;
    loop {
        let mut command = Command::new(program);
        for name in variables.withheld {
            command.env_remove(name);
        }
        let started = command
            .args(arguments)
            .envs(variables.added.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn();
        match started {
            // It is being written at this moment: an update of the program, say.
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(20));
            }
            started => return started,
        }
    }
}

/// In words for people, where the pipes to the program broke.
fn system_error(error: &io::Error) -> SystemError {
    SystemError { said: connect_error::of(error).to_string(), ..SystemError::from_io(error) }
}

fn why_not(program: &str, error: &io::Error) -> ProgramError {
    let program = program.to_owned();
    let system = system_error(error);
    match error.kind() {
        io::ErrorKind::NotFound if Path::new(&program).is_file() => ProgramError::NoInterpreter(program),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ProgramError::NotFound(program),
        io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory => ProgramError::System { program, error: system },
        _ => ProgramError::NotExecutable { program, error: system },
    }
}

fn end(status: ExitStatus) -> ProgramEnd {
    match (status.code(), status.signal()) {
        (Some(code), _) => ProgramEnd::Code(code),
        (None, signal) => ProgramEnd::Signal(signal.unwrap_or_default()),
    }
}

/// The program and whatever it started in its group. Until it is collected, no other process has its number.
fn kill(child: &Child) -> io::Result<()> {
    match kill_process_group(Pid::from_child(child), Signal::KILL) {
        // A program that runs as another user may not be killed by this one.
        Ok(()) | Err(rustix::io::Errno::SRCH | rustix::io::Errno::PERM) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What goes to and fro, in one thread, while the program runs.
struct Conversation<'a> {
    stdin: Option<std::process::ChildStdin>,
    unread: &'a [u8],
    stdout: ProgramOutput<std::process::ChildStdout>,
    stderr: ProgramOutput<std::process::ChildStderr>,
    /// At its end once the program has ended.
    end: PipeReader,
}

impl<'a> Conversation<'a> {
    fn with(child: &mut Child, input: &'a [u8], kept: Kept) -> io::Result<Self> {
        let stdin = child.stdin.take();
        if let Some(stdin) = &stdin {
            rustix::io::ioctl_fionbio(stdin, true)?;
        }
        let stdout = ProgramOutput::new(child.stdout.take(), kept)?;
        let stderr = ProgramOutput::new(child.stderr.take(), Kept::Last(LAST_WORDS))?;
        let pid = Pid::from_child(child);
        let (end, witness) = io::pipe()?;
        // The pipes end with the last process that holds them, which need not be the program: a thread waits for it.
        std::thread::Builder::new().spawn(move || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while waitid(WaitId::Pid(pid), options).is_err_and(|error| error == rustix::io::Errno::INTR) {}
            drop(witness);
        })?;
        Ok(Self { stdin, unread: input, stdout, stderr, end })
    }

    /// Whether the program ended before the deadline.
    fn hold(&mut self, deadline: Instant) -> io::Result<bool> {
        let (input, output, gone) = (PollFlags::IN, PollFlags::OUT, PollFlags::HUP | PollFlags::ERR);
        loop {
            if self.unread.is_empty() {
                self.stdin = None;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stdout.is_too_much() {
                return Ok(false);
            }
            let (mut has_ended, mut can_write) = (false, false);
            let mut watched = vec![PollFd::new(&self.end, input)];
            watched.extend(self.stdin.as_ref().map(|stdin| PollFd::new(stdin, output)));
            watched.extend(self.stdout.pipe.as_ref().map(|pipe| PollFd::new(pipe, input)));
            watched.extend(self.stderr.pipe.as_ref().map(|pipe| PollFd::new(pipe, input)));
            let pause = Timespec::try_from(left).unwrap_or(Timespec { tv_sec: 60, tv_nsec: 0 });
            match poll(&mut watched, Some(&pause)) {
                Err(rustix::io::Errno::INTR) => continue,
                ready => ready?,
            };
            let is_ready = |watched: &PollFd<'_>| watched.revents().intersects(input | output | gone);
            has_ended |= watched.first().is_some_and(is_ready);
            can_write |= self.stdin.is_some() && watched.get(1).is_some_and(is_ready);
            drop(watched);
            if can_write {
                self.tell();
            }
            self.stdout.hear();
            self.stderr.hear();
            if has_ended && !self.stdout.is_too_much() {
                return Ok(true);
            }
        }
    }

    /// Waits for nothing but the end.
    fn await_end(&mut self, deadline: Instant) -> io::Result<()> {
        self.unread = &[];
        (self.stdout.pipe, self.stderr.pipe) = (None, None);
        self.hold(deadline).map(drop)
    }

    /// A program that does not want to read more is told no more.
    fn tell(&mut self) {
        let Some(stdin) = &mut self.stdin else { return };
        match stdin.write(self.unread) {
            Ok(written) => self.unread = &self.unread[written..],
            Err(error) if is_passing(&error) => {}
            Err(_) => self.unread = &[],
        }
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    const NONE: Variables<'_> = Variables { added: &[], withheld: &BTreeSet::new() };

    fn shell(script: &str, stdin: &[u8], limit: Duration) -> Result<Ended, ProgramError> {
        let argv = ["/bin/sh", "-c", script, "sh", "one argument", "$HOME; exit 9"];
        let environment = [("CERTNOTIFY_KIND".to_owned(), "business.expiration".to_owned())];
        run(&argv.map(str::to_owned), Variables { added: &environment, ..NONE }, stdin, limit)
    }

    /// Whether a process of this number still runs: one that is only not yet collected does not.
    fn lives(number: &str) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/stat", number.trim())).unwrap_or_default();
        status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    }

    #[test]
    fn a_program_reads_its_input_and_is_heard_by_both_its_outputs() {
        let script = r#"cat; printf '%s|' "$1" "$2" "$CERTNOTIFY_KIND"; echo no such user >&2; exit 67"#;
        let ended = shell(script, b"a mail\n", LONG).unwrap();
        assert_eq!(ended.end, ProgramEnd::Code(67));
        assert_eq!(ended.said(), "no such user");
        assert_eq!(String::from_utf8(ended.stdout).unwrap(), "a mail\none argument|$HOME; exit 9|business.expiration|");
        assert_eq!(ended.stderr, b"no such user\n");
        assert_eq!(shell("echo so", b"", LONG).unwrap().said(), "so");
    }

    #[test]
    fn more_than_any_pipe_holds_goes_in_and_out_and_the_last_words_are_kept() {
        let input = vec![b'x'; 5_000_000];
        let ended = shell("tee /dev/stderr; printf end", &input, LONG).unwrap();
        assert_eq!(ended.end, ProgramEnd::Code(0));
        assert_eq!((ended.stdout.len(), ended.stderr.len()), (LAST_WORDS, LAST_WORDS));
        assert!(ended.stdout.ends_with(b"xxend"));
    }

    #[test]
    fn a_program_that_reads_nothing_or_stops_reading_ends_as_it_says() {
        let input = vec![b'x'; 5_000_000];
        for script in ["exit 3", "exec <&-; exit 3", "head -c 10 >/dev/null; exit 3"] {
            assert_eq!(shell(script, &input, LONG).unwrap().end, ProgramEnd::Code(3), "{script}");
        }
    }

    #[test]
    fn all_that_a_program_prints_is_kept_up_to_the_most_and_no_further() {
        let argv = |script: &str| ["/bin/sh", "-c", script].map(str::to_owned);
        let some = output(&argv("head -c 300000 /dev/zero; echo no >&2"), NONE, 300_000, LONG).unwrap().unwrap();
        assert_eq!((some.end, some.stdout.len(), some.stderr.as_slice()), (ProgramEnd::Code(0), 300_000, &b"no\n"[..]));
        for script in ["head -c 300001 /dev/zero", "cat /dev/zero"] {
            assert!(output(&argv(script), NONE, 300_000, LONG).unwrap().is_none(), "{script}");
        }
        let endless = output(&argv("sleep 600"), NONE, 10, Duration::from_millis(200)).unwrap_err();
        assert!(matches!(endless, ProgramError::TimedOut { .. }), "{endless}");
    }

    #[test]
    fn a_program_that_dies_by_a_signal_is_known_by_it() {
        assert_eq!(shell("kill -TERM $$", b"", LONG).unwrap().end, ProgramEnd::Signal(15));
    }

    #[test]
    fn what_a_program_leaves_running_with_its_pipes_open_is_neither_waited_for_nor_killed() {
        let ended = shell("sleep 600 & echo $!", b"", LONG).unwrap();
        assert_eq!(ended.end, ProgramEnd::Code(0));
        let number = String::from_utf8(ended.stdout).unwrap();
        assert!(lives(&number), "process {number}");
        assert!(Command::new("kill").arg(number.trim()).status().unwrap().success());
    }

    #[test]
    fn a_program_that_does_not_end_is_killed_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("child");
        let script = format!("trap '' TERM; sleep 600 & echo $! >{}; cat >/dev/null; wait", note.display());
        let error = shell(&script, b"x", Duration::from_millis(1500)).unwrap_err();
        assert_eq!(error.to_string(), "`/bin/sh` did not end within 1.5 s");
        let child = std::fs::read_to_string(note).unwrap();
        let until = Instant::now() + LONG;
        while lives(&child) && Instant::now() < until {
            std::thread::yield_now();
        }
        assert!(!lives(&child), "process {child}");
    }

    #[test]
    fn a_program_that_speaks_without_end_is_stopped_in_time() {
        let error = shell("exec yes", b"", Duration::from_millis(300)).unwrap_err();
        assert!(matches!(error, ProgramError::TimedOut { .. }), "{error}");
    }

    #[test]
    fn what_cannot_be_run_is_told_apart() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let written = |name: &str, text: &str, mode: u32| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path.display().to_string()
        };
        let of = |program: &str| run(&[program.to_owned()], NONE, b"", LONG).unwrap_err();
        assert!(matches!(of("/nonexistent/sendmail"), ProgramError::NotFound(_)));
        assert!(matches!(of("/dev/null/sendmail"), ProgramError::NotFound(_)));
        assert!(matches!(of(&written("data", "x", 0o600)), ProgramError::NotExecutable { .. }));
        assert!(matches!(of(&written("text", "no program\n", 0o700)), ProgramError::NotExecutable { .. }));
        let orphan = written("orphan", "#!/nonexistent/perl\n", 0o700);
        assert!(matches!(of(&orphan), ProgramError::NoInterpreter(_)));
        assert!(matches!(of(&folder.path().display().to_string()), ProgramError::NotExecutable { .. }));
        assert!(matches!(run(&[], NONE, b"", LONG), Err(ProgramError::NotFound(_))));
    }
}
