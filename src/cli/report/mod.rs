//! Reports of `check`: one file per format, value in, bytes out.

mod json;
mod table;
