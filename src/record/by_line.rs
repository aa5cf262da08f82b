//! JSON with one record on each line: people read it and compare it line by line, and it holds no space for its shape.

use std::io::{self, Write};

use serde_json::ser::Formatter;

/// Objects as deep as this have their members on lines of their own: the state, and each of its lists.
const LINES: usize = 2;

#[derive(Debug, Default)]
pub(super) struct ByLine {
    depth: usize,
    has_members: bool,
}

impl ByLine {
    fn new_line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        const SPACES: [&[u8]; LINES + 1] = [b"\n", b"\n  ", b"\n    "];
        writer.write_all(SPACES[self.depth.min(LINES)])
    }

    const fn is_by_line(&self) -> bool {
        self.depth <= LINES
    }
}

impl Formatter for ByLine {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth = self.depth.saturating_add(1);
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        writer.write_all(b"]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth = self.depth.saturating_add(1);
        self.has_members = false;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let is_by_line = self.is_by_line() && self.has_members;
        self.depth = self.depth.saturating_sub(1);
        if is_by_line {
            self.new_line(writer)?;
        }
        writer.write_all(if self.depth == 0 { b"}\n" } else { b"}" })
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, is_first: bool) -> io::Result<()> {
        if !is_first {
            writer.write_all(b",")?;
        }
        if self.is_by_line() { self.new_line(writer) } else { Ok(()) }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.is_by_line() { b": " } else { b":" })
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.has_members = true;
        Ok(())
    }
}
