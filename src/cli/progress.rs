//! A progress bar on a terminal, and nothing elsewhere.
