//! Whole runs of the real program.

mod heartbeat;
mod real_protocols;
mod real_servers;
