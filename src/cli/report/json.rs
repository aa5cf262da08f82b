//! `check --format json`: one object.
