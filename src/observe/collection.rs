//! Directories and globs → the files in them.
