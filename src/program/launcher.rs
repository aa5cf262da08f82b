//! Programs are started by a process of their own, so that the process that reads what others wrote can give up starting any.
//!
//! It is started before that, knows the programs of the policy file, and runs no others. Each request comes over a socket of
//! its own: a line of JSON, and what the program is to read; the answer is a line of JSON, and what it printed.

use std::collections::BTreeSet;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::output::Kept;
use super::{Call, Ended, LAST_BREATH, Variables, run_here};
use crate::cause::{ProgramEnd, ProgramError, SystemError, SystemErrorKind};

/// The one argument of the process that starts programs.
pub const ARGUMENT: &str = "--start-programs-of-a-run";

/// A program of the policy file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Allowed {
    /// With these arguments and no others.
    Exactly(Vec<String>),
    /// This `sendmail`, for any sender and recipients.
    Sendmail(String),
}

impl Allowed {
    fn covers(&self, argv: &[String]) -> bool {
        match self {
            Self::Exactly(known) => known == argv,
            Self::Sendmail(program) => match argv {
                [path, own, of_sender, _, end, ..] => {
                    path == program && [own.as_str(), of_sender, end] == ["-i", "-f", "--"]
                }
                _ => false,
            },
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    argv: Vec<String>,
    added: Vec<(String, String)>,
    withheld: BTreeSet<String>,
    kept: Kept,
    limit: Duration,
}

#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    /// How it ended, and how many bytes it printed on stdout; nothing if they were too many.
    ended: Result<Option<(ProgramEnd, usize)>, ProgramError>,
}

static LAUNCHER: OnceLock<UnixStream> = OnceLock::new();

/// Starts the process that runs `programs`: from here on this one needs to start none. Whether it could. What programs can
/// read of that process holds none of the variables `withheld`.
///
/// It ends with this process.
#[must_use]
pub fn launch(programs: &[Allowed], withheld: &BTreeSet<String>) -> bool {
    try_launch(programs, withheld).is_ok()
}

fn try_launch(programs: &[Allowed], withheld: &BTreeSet<String>) -> io::Result<()> {
    let (own, other) = UnixStream::pair()?;
    // By this name it is the same program even if the file has been replaced meanwhile.
    let mut command = Command::new("/proc/self/exe");
    for name in withheld {
        command.env_remove(name);
    }
    command.arg0("certnotify").arg(ARGUMENT).stdin(OwnedFd::from(other)).stdout(Stdio::null()).process_group(0);
    drop(command.spawn()?);
    drop(command);
    let mut first = hand_over(&own)?;
    write_line(&mut first, &programs)?;
    first.shutdown(Shutdown::Write)?;
    // It says a byte when it is ready: one that could not start says none.
    first.set_read_timeout(Some(Duration::from_secs(10)))?;
    first.read_exact(&mut [0])?;
    LAUNCHER.set(own).map_err(|_| io::ErrorKind::AlreadyExists.into())
}

/// Sends the other end of a new socket to the process that starts programs.
fn hand_over(launcher: &UnixStream) -> io::Result<UnixStream> {
    let (own, other) = UnixStream::pair()?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let descriptors = [other.as_fd()];
    ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
    sendmsg(launcher, &[IoSlice::new(&[0])], &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(own)
}

/// Runs it as [`super::run_here`] does, in the process that starts programs; nothing if there is none.
pub(super) fn run_there(call: Call<'_>) -> Option<Result<Option<Ended>, ProgramError>> {
    let launcher = LAUNCHER.get()?;
    let program = call.argv.first().cloned().unwrap_or_default();
    let asked = match ask(launcher, call) {
        Ok(asked) => asked,
        Err(error) => return Some(Err(ProgramError::System { program, error: super::system_error(&error) })),
    };
    Some(hear(asked, call.limit).unwrap_or(Err(ProgramError::Unheard(program))))
}

fn ask(launcher: &UnixStream, call: Call<'_>) -> io::Result<UnixStream> {
    let request = Request {
        argv: call.argv.to_vec(),
        added: call.variables.added.to_vec(),
        withheld: call.variables.withheld.clone(),
        kept: call.kept,
        limit: call.limit,
    };
    let mut socket = hand_over(launcher)?;
    write_line(&mut socket, &request)?;
    socket.write_all(call.stdin)?;
    socket.shutdown(Shutdown::Write)?;
    Ok(socket)
}

fn hear(mut asked: UnixStream, limit: Duration) -> io::Result<Result<Option<Ended>, ProgramError>> {
    asked.set_read_timeout(Some(limit.saturating_add(LAST_BREATH.saturating_mul(10))))?;
    let mut answer = Vec::new();
    asked.read_to_end(&mut answer)?;
    let (Answer { ended }, printed) = read_line(&answer)?;
    Ok(ended.map(|ended| {
        ended.map(|(end, of_stdout)| {
            let (stdout, stderr) = printed.split_at(of_stdout.min(printed.len()));
            Ended { end, stdout: stdout.to_vec(), stderr: stderr.to_vec() }
        })
    }))
}

fn write_line(to: &mut UnixStream, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    to.write_all(&line)
}

/// The line of JSON at the beginning of a message, and what follows.
fn read_line<T: DeserializeOwned>(message: &[u8]) -> io::Result<(T, &[u8])> {
    let end = memchr::memchr(b'\n', message).ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok((serde_json::from_slice(&message[..end])?, &message[end + 1..]))
}

/// What the process that starts programs does: it ends when all that ask it have ended, and what runs then has ended.
#[must_use]
pub fn serve() -> ExitCode {
    match try_serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn try_serve() -> io::Result<()> {
    let asking = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut first = next(&asking)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut programs = Vec::new();
    first.read_to_end(&mut programs)?;
    let (programs, _) = read_line::<Vec<Allowed>>(&programs)?;
    first.write_all(&[0])?;
    std::thread::scope(|scope| {
        while let Some(socket) = next(&asking)? {
            let programs = &programs;
            // The one who asks sees that its socket is closed.
            let _ = std::thread::Builder::new().spawn_scoped(scope, move || answer(programs, socket));
        }
        Ok(())
    })
}

/// The next socket that was handed over; nothing at the end.
fn next(asking: &UnixStream) -> io::Result<Option<UnixStream>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let message = loop {
        match recvmsg(asking, &mut [IoSliceMut::new(&mut byte)], &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
            Err(rustix::io::Errno::INTR) => {}
            message => break message?,
        }
    };
    if message.bytes == 0 || message.flags.contains(ReturnFlags::CTRUNC) {
        return Ok(None);
    }
    let mut descriptors = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    Ok(descriptors.next().map(UnixStream::from))
}

fn answer(programs: &[Allowed], mut socket: UnixStream) -> io::Result<()> {
    let mut message = Vec::new();
    socket.read_to_end(&mut message)?;
    let (request, stdin) = read_line::<Request>(&message)?;
    let Request { argv, kept, limit, added, withheld } = &request;
    let call = Call { kept: *kept, argv, variables: Variables { added, withheld }, stdin, limit: *limit };
    let run = || run_here(call);
    let ended = refusal(programs, &request).map_or_else(run, Err);
    let (ended, printed) = match ended {
        Ok(Some(ended)) => (Ok(Some((ended.end, ended.stdout.len()))), [ended.stdout, ended.stderr].concat()),
        Ok(None) => (Ok(None), Vec::new()),
        Err(error) => (Err(error), Vec::new()),
    };
    write_line(&mut socket, &Answer { ended })?;
    socket.write_all(&printed)
}

/// Another program, or variables by which one can be made to do something else (`LD_PRELOAD`).
fn refusal(programs: &[Allowed], request: &Request) -> Option<ProgramError> {
    let is_known = programs.iter().any(|program| program.covers(&request.argv));
    let is_own = request.added.iter().all(|(name, _)| name.starts_with("CERTNOTIFY_"));
    let program = request.argv.first().cloned().unwrap_or_default();
    let error = SystemError { kind: SystemErrorKind::Other, said: "the policy file does not name it so".to_owned() };
    (!is_known || !is_own).then_some(ProgramError::NotExecutable { program, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<Allowed> {
        let argv = ["/bin/sh", "-c", "cat; echo $CERTNOTIFY_ID >&2; exit 7"].map(str::to_owned);
        vec![Allowed::Sendmail("/usr/sbin/sendmail".to_owned()), Allowed::Exactly(argv.to_vec())]
    }

    fn request(argv: &[&str], variable: &str) -> Request {
        Request {
            argv: argv.iter().map(|&argument| argument.to_owned()).collect(),
            added: vec![(variable.to_owned(), "one".to_owned())],
            withheld: BTreeSet::new(),
            kept: Kept::Last(10),
            limit: Duration::from_secs(60),
        }
    }

    /// What is asked over one socket, answered over another as the process does.
    fn asked(request: &Request, stdin: &[u8]) -> Result<Option<Ended>, ProgramError> {
        let (here, there) = UnixStream::pair().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || answer(&known(), next(&there).unwrap().unwrap()).unwrap());
            let Request { argv, kept, limit, added, withheld } = request;
            let call = Call { kept: *kept, argv, variables: Variables { added, withheld }, stdin, limit: *limit };
            hear(ask(&here, call).unwrap(), *limit).unwrap()
        })
    }

    #[test]
    fn what_a_program_reads_prints_and_ends_with_comes_through() {
        let input = [b"x".repeat(1_000_000), b"0123456789".to_vec()].concat();
        let ended =
            asked(&request(&["/bin/sh", "-c", "cat; echo $CERTNOTIFY_ID >&2; exit 7"], "CERTNOTIFY_ID"), &input);
        let ended = ended.unwrap().unwrap();
        assert_eq!((ended.end, ended.stdout.as_slice()), (ProgramEnd::Code(7), &b"0123456789"[..]));
        assert_eq!(ended.stderr, b"one\n");
    }

    #[test]
    fn another_program_or_variable_is_refused() {
        let of_mail = |argv: &[&str]| refusal(&known(), &request(argv, "CERTNOTIFY_ID")).is_none();
        assert!(of_mail(&[
            "/usr/sbin/sendmail",
            "-i",
            "-f",
            "ops@example.com",
            "--",
            "on-call@example.com",
            "-oQ/tmp"
        ]));
        assert!(!of_mail(&[
            "/usr/sbin/sendmail", "-i", "-f", "ops@example.com", "-C/tmp/evil.cf", "--", "x@example.com"
        ]));
        assert!(!of_mail(&["/usr/sbin/sendmail", "-be", "-f", "ops@example.com", "--"]));
        assert!(!of_mail(&["/bin/sendmail", "-i", "-f", "ops@example.com", "--"]));
        let known_argv = ["/bin/sh", "-c", "cat; echo $CERTNOTIFY_ID >&2; exit 7"];
        for (argv, variable) in [
            (&known_argv[..2], "CERTNOTIFY_ID"),
            (&["/bin/sh", "-c", "id"][..], "CERTNOTIFY_ID"),
            (&known_argv[..], "LD_PRELOAD"),
            (&[][..], "CERTNOTIFY_ID"),
        ] {
            let refused = asked(&request(argv, variable), b"").unwrap_err();
            assert!(matches!(refused, ProgramError::NotExecutable { .. }), "{argv:?} {variable}: {refused}");
        }
    }

    #[test]
    fn what_is_no_request_gets_no_answer_and_no_more_than_its_own_socket() {
        for message in [&b""[..], b"{}\n", b"no line", b"[1]\nx"] {
            let (mut here, there) = UnixStream::pair().unwrap();
            here.write_all(message).unwrap();
            here.shutdown(Shutdown::Write).unwrap();
            assert!(answer(&known(), there).is_err());
        }
        let (here, there) = UnixStream::pair().unwrap();
        drop(here);
        assert!(next(&there).unwrap().is_none());
    }
}
