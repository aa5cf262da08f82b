//! What a mail server answers: three digits, and text that proves nothing.

use std::io::{self, BufRead as _, BufReader, Read};

use crate::cause::ConnectionError;

/// One answer of one or more lines (RFC 5321 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    /// The text of each line.
    pub(crate) lines: Vec<String>,
}

impl Reply {
    /// Longer lines and longer answers are no SMTP.
    const LONGEST_LINE: u64 = 4096;
    const MOST_LINES: usize = 128;

    /// Reads one answer.
    ///
    /// # Errors
    /// The connection broke, or what came is no answer.
    pub(super) fn read(from: &mut BufReader<impl Read>) -> io::Result<Self> {
        let mut code = None;
        let mut lines = Vec::new();
        loop {
            let (this_code, is_last, text) = read_line(from)?;
            if *code.get_or_insert(this_code) != this_code || lines.len() == Self::MOST_LINES {
                return Err(no_smtp());
            }
            lines.push(text);
            if is_last {
                return Ok(Self { code: this_code, lines });
            }
        }
    }

    pub(crate) fn is_permanent(&self) -> bool {
        self.code >= 500
    }

    pub(crate) fn text(&self) -> String {
        self.lines.join(" ")
    }
}

fn read_line(from: &mut BufReader<impl Read>) -> io::Result<(u16, bool, String)> {
    let mut line = Vec::new();
    from.by_ref().take(Reply::LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if line.pop() != Some(b'\n') {
        return Err(no_smtp());
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    let line = String::from_utf8_lossy(&line);
    let digits = line.get(..3).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
    let code = digits.and_then(|digits| digits.parse().ok()).ok_or_else(no_smtp)?;
    match line.as_bytes().get(3) {
        None => Ok((code, true, String::new())),
        Some(b' ') => Ok((code, true, line[4..].to_owned())),
        Some(b'-') => Ok((code, false, line[4..].to_owned())),
        Some(_) => Err(no_smtp()),
    }
}

fn no_smtp() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, ConnectionError::NotSmtp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> io::Result<Reply> {
        Reply::read(&mut BufReader::new(bytes))
    }

    #[test]
    fn an_answer_of_several_lines_is_one_answer() {
        let reply = read(b"250-mail.example.com\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n").unwrap();
        assert_eq!((reply.code, reply.lines.len()), (250, 3));
        assert_eq!(read(b"354\r\n").unwrap(), Reply { code: 354, lines: vec![String::new()] });
        assert_eq!(read("550 keine Post für Sie\n".as_bytes()).unwrap().text(), "keine Post für Sie");
    }

    #[test]
    fn what_is_no_answer_is_an_error_and_takes_no_memory() {
        let endless = vec![b'2'; 100_000];
        let many = b"250-x\r\n".repeat(1000);
        for wrong in [
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            b"25\r\n",
            b"2x0 ok\r\n",
            b"250-one\r\n251 two\r\n",
            b"250_ok\r\n",
            "2\u{e9}0 ok\r\n".as_bytes(),
            b"250 cut off",
            &endless,
            &many,
        ] {
            assert_eq!(read(wrong).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
        assert_eq!(read(b"").unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
