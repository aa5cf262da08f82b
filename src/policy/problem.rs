//! A problem of the policy file, shown at its place with the nearest right word.
