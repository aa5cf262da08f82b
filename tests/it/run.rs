//! Whole runs of the real program.

mod endings;
mod every_channel;
mod heartbeat;
mod mail_loop;
mod newer_channels;
mod real_logins;
mod real_metadata;
mod real_protocols;
mod real_servers;
mod smaller_limit;
mod summary;
mod time_limit;
mod unanswered;
