//! The integration tests: one program, a module per topic.
#![allow(unreachable_pub, reason = "modules of one program share their support")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    reason = "a test that panics has failed"
)]

mod support;

mod announced;
mod answers;
mod architecture;
mod calendar;
mod certificates;
mod channels;
mod chat;
mod check;
mod clock;
mod commands;
mod containers;
mod corrections;
mod crash;
mod dated;
mod default_channels;
mod detection;
mod digests;
mod disk;
mod documents;
mod domains;
mod effective_end;
mod endpoints;
mod event;
mod events;
mod faults;
mod fetch;
mod floors;
mod forecast;
mod foresight;
mod fuzzed;
mod generate;
mod growth;
mod hooks;
mod inbox;
mod init;
mod journal;
mod keys;
mod last_opening;
mod loading;
mod machine_zone;
mod mail;
mod mail_groups;
mod mail_sizes;
mod memory;
mod messages;
mod migration;
mod newcomer;
mod no_end;
mod pins;
mod places;
mod policies;
mod private_roots;
mod promises;
mod protocols;
mod readme_commands;
mod recall;
mod renewal_info;
mod renewed_elsewhere;
mod reopened;
mod reports;
mod resting;
mod retries;
mod revocation;
mod run;
mod schedule;
mod schedule_fleet;
mod schedule_model;
mod secrets;
mod served_elsewhere;
mod services;
mod shards;
mod sources;
mod state;
mod state_tools;
mod stories;
mod supply;
mod terminals;
mod tickets;
mod tlsa;
mod trial;
mod twins;
mod upgrade;
mod version;
mod year;
mod zones;
