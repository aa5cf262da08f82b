//! Findings: what one look shows to be wrong.
