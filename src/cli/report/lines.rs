//! JSON in lines, as `serde_json::to_writer_pretty` writes it, but the beginning of a line at once instead of level by level.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Writes `value` and the end of its last line.
pub(super) fn write<T: Serialize>(to: &mut dyn Write, value: &T) -> io::Result<()> {
    // It comes in pieces of a few bytes, and `to` takes each by a dynamic call.
    let mut pieces = BufWriter::new(to);
    value.serialize(&mut Serializer::with_formatter(&mut pieces, Lines::default()))?;
    writeln!(pieces)?;
    pieces.flush()
}

#[derive(Default)]
struct Lines {
    level: usize,
    has_values: bool,
}

impl Lines {
    fn begin<W: ?Sized + Write>(&mut self, bracket: &[u8], to: &mut W) -> io::Result<()> {
        self.level += 1;
        self.has_values = false;
        to.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, bracket: &[u8], to: &mut W) -> io::Result<()> {
        self.level -= 1;
        if self.has_values {
            self.line(true, to)?;
        }
        self.has_values = true;
        to.write_all(bracket)
    }

    fn line<W: ?Sized + Write>(&self, is_first: bool, to: &mut W) -> io::Result<()> {
        const BEGINNING: &[u8] = b",\n                        ";
        let (start, spaces) = (usize::from(is_first), 2 * self.level);
        let end = BEGINNING.len().min(2 + spaces);
        to.write_all(&BEGINNING[start..end])?;
        (end..2 + spaces).try_for_each(|_| to.write_all(b" "))
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.begin(b"[", to)
    }

    fn end_array<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.end(b"]", to)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, to: &mut W, is_first: bool) -> io::Result<()> {
        self.line(is_first, to)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_values = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.begin(b"{", to)
    }

    fn end_object<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.end(b"}", to)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, to: &mut W, is_first: bool) -> io::Result<()> {
        self.line(is_first, to)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_values = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_written_as_the_library_writes_it() {
        let mut deep = json!({"a": [], "b": {}, "c": [1, [2, {"d": "e", "f": null}], {}], "g": {"h": [[]]}});
        for _ in 0..20 {
            deep = json!({"in": [deep, 1]});
        }
        for value in [deep, json!([]), json!({}), json!("text"), json!([{}, []])] {
            let mut written = Vec::new();
            write(&mut written, &value).unwrap();
            let usual = serde_json::to_string_pretty(&value).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), format!("{usual}\n"));
        }
    }
}
