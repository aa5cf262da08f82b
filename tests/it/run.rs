//! Whole runs of the real program.

mod real_servers;
