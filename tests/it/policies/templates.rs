//! `[templates]`: read, checked, and told where it is wrong.
