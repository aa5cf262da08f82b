//! The line of data flow in one function; every command is a prefix of it.

mod trial;
