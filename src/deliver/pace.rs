//! The rate a robot allows, over messages and runs.
