//! Whole runs of the real program.

mod real_protocols;
mod real_servers;
