//! `check --format table`: worst first, verdict last.
